import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { RanCommand } from './run-command.ts';

/** A stored record together with the name of its topic. */
export interface KeptRecord extends StoredRecord {
  readonly topic: string;
}

/** A finished command, with the facts that the rule checks need. */
export interface CommandEvidence {
  readonly ran: RanCommand;
  /** Id of an event that was stored when `find` started. If the id is absent, the store contained no matching event. */
  readonly wanted?: string | undefined;
  /** Records that were stored when the command started. */
  readonly kept: readonly KeptRecord[];
  /** Whether all faults had healed when the command started. */
  readonly isCalm: boolean;
  /** Whether an earlier replay without faults has replayed all dead letters. */
  readonly isSecond: boolean;
}

/** Rule checks ("judges") for each finished command. `judges.test.ts` contains a test case for each of them. */
export const commandJudges = {
  judgeCodes,
  judgeWords,
  judgeFound,
  judgeListed,
  judgeAnswered,
  judgePutBack,
} satisfies Judges<CommandEvidence, string>;

const codes: Readonly<Record<string, readonly number[]>> = {
  find: [0, 1, 2],
  tail: [0, 2],
  replay: [0, 1, 2],
};

function judgeCodes({ ran: { args, code = -1 } }: CommandEvidence): string[] {
  return codes[args[0] ?? '']?.includes(code) === true ? [] : ['it has no such code'];
}

/** A command that fails must print the reason. */
function judgeWords({ ran: { code, stdout, stderr } }: CommandEvidence): string[] {
  const isSaid = code !== 2 || /^error: \S/m.test(stderr) || stdout.includes('"Cannot tell whether');
  return isSaid ? [] : [`it does not say why: ${stdout}${stderr}`];
}

/**
 * Without faults, every command must succeed. For `replay`, exit code 1 also counts as success. It means that some dead
 * letters cannot be replayed.
 */
function judgeAnswered({ ran: { args, code, stdout, stderr }, isCalm }: CommandEvidence): string[] {
  const isResult =
    code === 0 || (args[0] === 'replay' && code === 1 && listOutcomes(stdout).includes('failed'));
  return isResult || !isCalm ? [] : [`all is well again: ${stderr}`];
}

/** Returns the outcomes that `replay --json` reports. */
function listOutcomes(stdout: string): readonly string[] {
  const { reports } = JSON.parse(stdout) as {
    readonly reports: readonly { readonly lines: readonly { readonly outcome: string }[] }[];
  };
  return reports.flatMap(({ lines }) => lines.map(({ outcome }) => outcome));
}

interface FoundLife {
  readonly verdict: string;
  readonly events: readonly { readonly eventId: string }[] | { readonly notKnown: string };
}

/** `find` must find the stored event and nothing else. */
function judgeFound({ ran: { args, code, stdout }, wanted }: CommandEvidence): string[] {
  if (args[0] !== 'find' || code === 2) {
    return [];
  }
  const lives: readonly FoundLife[] = [JSON.parse(stdout)].flat();
  const verdict = lives.map((life) => life.verdict).join(' ');
  if (wanted === undefined) {
    return code === 1 && verdict.startsWith('Nothing was found about ')
      ? []
      : [`nothing is there: ${verdict}`];
  }
  const isListed = lives.some(
    ({ events }) => 'notKnown' in events || events.some(({ eventId }) => eventId === wanted),
  );
  return code === 0 && isListed ? [] : [`${wanted} is there: ${verdict}`];
}

/** `tail` must list each record exactly once. */
function judgeListed({ ran: { args, code, stdout }, kept }: CommandEvidence): string[] {
  if (args[0] !== 'tail' || code === 2) {
    return [];
  }
  const places = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { readonly place: string }).place);
  const listed = new Set(places);
  return [
    ...kept
      .filter((record) => !listed.has(placeOf(record)))
      .map((record) => `${placeOf(record)} is skipped: ${record.headers.ce_id}`),
    ...(listed.size < places.length ? ['it lists one twice'] : []),
  ];
}

/** After a replay without faults, a second replay must not replay any dead letter again. */
function judgePutBack({ ran: { code, stdout }, isSecond }: CommandEvidence): string[] {
  const hasReplayed = isSecond && code !== 2 && listOutcomes(stdout).includes('replayed');
  return hasReplayed ? [`it replays what was replayed: ${stdout}`] : [];
}

/**
 * In the end, every event that the store rejected must be on its topic and name the dead letter from which it was
 * replayed. The topic must contain the event exactly once, unless an earlier run replayed it during faults.
 *
 * @param before events before the last run, which no fault affected
 */
export function judgeReplayed(
  events: readonly KeptRecord[],
  deadLetters: readonly KeptRecord[],
  before: readonly KeptRecord[],
): SimulationViolation[] {
  const copies = Map.groupBy(events.filter(isReplayed), ({ headers }) => headers['replayed-from'] ?? '');
  const early = new Set(before.map(({ headers }) => headers['replayed-from']));
  const rejected = new Map(deadLetters.filter(isRejected).map((letter) => [placeOf(letter), letter]));
  const texts = [
    ...[...rejected.keys()]
      .filter((place) => {
        const count = copies.get(place)?.length ?? 0;
        return count === 0 || (count > 1 && !early.has(place));
      })
      .map((place) => `the dead letter ${place} was replayed ${copies.get(place)?.length ?? 0} times`),
    ...[...copies].flatMap(([place, records]) =>
      records
        .filter(({ value }) => value === null || rejected.get(place)?.value?.equals(value) !== true)
        .map(({ headers }) => `${headers.ce_id} is not what ${place} has`),
    ),
  ];
  return texts.map((text) => ({ kind: 'command', text }));
}

export function isReplayed({ headers }: StoredRecord): boolean {
  return headers['replayed-from'] !== undefined;
}

function isRejected({ headers }: StoredRecord): boolean {
  return headers.reason === 'rejected_by_broker' || headers.reason === 'too_large';
}

function placeOf({ topic, partition, offset }: KeptRecord): string {
  return `${topic}/${partition}/${offset}`;
}
