import { listHistories } from '../../../faults/verdict/list-histories.ts';
import { type CommandEvidence, commandJudges, type KeptRecord } from '../../commands/judge-commands.ts';
import type { RanCommand } from '../../commands/run-command.ts';

export function keep(
  topic: string,
  offset: number,
  headers: Readonly<Record<string, string>> = {},
): KeptRecord {
  return { topic, partition: 0, offset, timestampMs: 0, key: null, value: Buffer.from('x'), headers };
}

function end(name: string, code: number, stdout: string, stderr = ''): { readonly ran: RanCommand } {
  return { ran: { args: [name], code, stdout, stderr } };
}

const life = (verdict: string, ...ids: readonly string[]) =>
  JSON.stringify({ verdict, events: ids.map((eventId) => ({ eventId })) });
const list = (...places: readonly string[]) =>
  places.map((place) => `${JSON.stringify({ place })}\n`).join('');
const report = (outcome: string) => JSON.stringify({ reports: [{ lines: [{ outcome }] }] });
const failed = 'error: no broker answers\n';

export const commandHistories = listHistories<CommandEvidence, keyof typeof commandJudges>(
  commandJudges,
  {
    ...end('find', 0, life('a: the latest event is message.read', 'a')),
    ...{ wanted: 'a', kept: [keep('events', 0), keep('events', 1)], isCalm: false, isSecond: false },
  },
  {
    judgeCodes: { 'a code that it does not have': () => end('replay', 3, '') },
    judgeWords: { 'no answer, and not why': () => end('tail', 2, '') },
    judgeFound: {
      'another event than that which is there': () =>
        end('find', 0, life('a: the latest event is message.read', 'b')),
      'nothing of what is there': () => end('find', 1, life('Nothing was found about a.')),
      'something of what is nowhere': () => ({ wanted: undefined }),
    },
    judgeListed: {
      'a record is skipped': () => end('tail', 0, list('events/0/0')),
      'a record is there twice': () => end('tail', 0, list('events/0/0', 'events/0/1', 'events/0/0')),
    },
    judgeAnswered: {
      'no answer in calm': () => ({ ...end('tail', 2, '', failed), isCalm: true }),
      'a failure in calm, although every dead letter was replayed': () => ({
        ...end('replay', 1, report('replayed')),
        isCalm: true,
      }),
    },
    judgePutBack: {
      'a second run replays again': () => ({ ...end('replay', 0, report('replayed')), isSecond: true }),
    },
  },
);
