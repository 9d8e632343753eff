import { listHistories } from '../../../faults/verdict/list-histories.ts';
import { judgeReplayed, type KeptRecord } from '../../commands/judge-commands.ts';
import { judgeTopics, others, usual } from '../../kafka/two-registrations.ts';
import { keep } from './commands.ts';

interface KeptOnKafka {
  readonly events: readonly KeptRecord[];
  readonly deadLetters: readonly KeptRecord[];
  readonly before: readonly KeptRecord[];
}

const letter = keep('dead', 0, { reason: 'too_large', webhook: usual.name });
const copy = keep('events', 7, { 'replayed-from': 'dead/0/0', webhook: usual.name });
const other = {
  ...keep(others.topic, 1, { webhook: others.name }),
  key: Buffer.from(`${others.keyPrefix}1`),
};

/** Histories that test the additional rule checks for Kafka rounds. */
export const kafkaHistories = listHistories<KeptOnKafka, 'judgeReplayed' | 'judgeTopics'>(
  {
    judgeReplayed: ({ events, deadLetters, before }) => judgeReplayed(events, deadLetters, before),
    judgeTopics: ({ events, deadLetters }) => judgeTopics([...events, ...deadLetters]),
  },
  { events: [copy, other], deadLetters: [letter], before: [] },
  {
    judgeReplayed: {
      'a dead letter is not replayed': () => ({ events: [other] }),
      'a dead letter is replayed twice': () => ({ events: [copy, copy] }),
      'something else is replayed': () => ({ events: [{ ...copy, value: Buffer.from('y') }] }),
    },
    judgeTopics: {
      'an event of another registration': () => ({ events: [copy, { ...other, topic: 'events' }] }),
      'the name of another registration': () => ({
        events: [copy, { ...other, headers: { webhook: usual.name } }],
      }),
    },
  },
);
