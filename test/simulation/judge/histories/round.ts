import type { SentEvent } from '../../../faults/traffic/event-factory.ts';
import type { SentRequest } from '../../../faults/traffic/traffic-log.ts';
import { verdictJudges } from '../../../faults/verdict/judge.ts';
import { listHistories, type Spoils } from '../../../faults/verdict/list-histories.ts';
import type { StoredRecord } from '../../../support/kafka/read-topic.ts';
import type { ProcessEvidence, RoundEvidence } from '../evidence.ts';
import { roundJudges } from '../judge-round.ts';
import { events, faithfulRound, store, storeLetter } from './faithful-round.ts';

type Spoil = (faithful: RoundEvidence) => Partial<RoundEvidence>;

const firstSingle = events.singles[0];

/** Changes the stored record of one unbatched event. */
function alter(change: (record: StoredRecord) => readonly StoredRecord[], event = firstSingle): Spoil {
  const isOf = ({ headers }: StoredRecord) => headers.ce_id === event.id;
  return ({ stored }) => ({
    stored: stored.flatMap((record) => (isOf(record) ? change(record) : [record])),
  });
}

/** Moves one event to the end of the list. */
function putLast(event: SentEvent): Spoil {
  return ({ stored }) => ({
    stored: [...stored.filter(({ headers }) => headers.ce_id !== event.id), store(event)],
  });
}

function add(...more: readonly StoredRecord[]): Spoil {
  return ({ stored }) => ({ stored: [...stored, ...more] });
}

/** Changes the recorded response to the delivery that got a 503 while the store was unavailable. */
function answer(change: Partial<SentRequest>): Spoil {
  return ({ log }) => ({
    log: {
      ...log,
      requests: log.requests.map((each) => (each.outcome === 503 ? { ...each, ...change } : each)),
    },
  });
}

function process(change: (own: ProcessEvidence) => Partial<ProcessEvidence>): Spoil {
  return ({ processes }) => ({ processes: processes.map((own) => ({ ...own, ...change(own) })) });
}

const otherBytes = ({ value, ...record }: StoredRecord): StoredRecord[] => [
  { ...record, value: Buffer.from(String(value).replace('1.10', '1.1 ')) },
];
const keySpoils: Spoils<RoundEvidence> = {
  'another key': alter((record) => [{ ...record, key: Buffer.from('open-9') }]),
  'another partition': alter((record) => [{ ...record, partition: (record.partition + 1) % 4 }]),
};
const letterSpoils: Spoils<RoundEvidence> = {
  'a bad element that is nowhere': () => ({ deadLetters: [] }),
  'a dead letter without need': ({ deadLetters }) => ({
    deadLetters: [...deadLetters, storeLetter('{"good":1}', 'not_object')],
  }),
  'another reason': ({ deadLetters }) => ({
    deadLetters: deadLetters.map((letter) => ({ ...letter, headers: { reason: 'no_key' } })),
  }),
};
const answered: Spoils<RoundEvidence> = {
  '500 for what is signed': answer({ outcome: 500 }),
  'a connection that nobody ended': answer({ outcome: 'cut' }),
  '200 for a forgery': ({ log }) => ({
    log: {
      ...log,
      requests: log.requests.map((each) => (each.kind === 'forged' ? { ...each, outcome: 200 } : each)),
    },
  }),
};

const verdict = {
  judgeOrigin: {
    'what nobody sent': add(store(events.unsent)),
    'a forgery': add(store(events.forged)),
  },
  judgeBytes: { 'one other byte': alter(otherBytes) },
  judgeLateness: { 'an answer after ten seconds': answer({ latencyMs: 10_001 }) },
  judgeAnswers: answered,
} satisfies Record<string, Spoils<RoundEvidence>>;

export const roundHistories = listHistories<RoundEvidence, keyof typeof roundJudges>(
  roundJudges,
  faithfulRound,
  {
    ...verdict,
    judgeLosses: { 'an acknowledged event is nowhere': alter(() => []) },
    judgeWaitingRecords: {
      'an event is in a spool alone': () => ({ spooled: new Set([events.refused.id]) }),
    },
    judgeKnownKeys: keySpoils,
    judgeWaitingOrder: {
      'the first event of a waiting sender comes last': (faithful) => ({
        ...putLast(events.waited[0])(faithful),
        isOneProcess: false,
      }),
    },
    judgeLetters: letterSpoils,
    judgeArrivals: { 'an event is overtaken by a later delivery': putLast(firstSingle) },
    judgeDeliveries: {
      'an event is overtaken within its delivery': putLast(events.batch[0]),
    },
    judgeHeaders: {
      'the revision of another event': alter((record) => [
        { ...record, headers: { ...record.headers, revision: '7' } },
      ]),
      'the entity of another event': alter((record) => [
        { ...record, headers: { ...record.headers, ce_subject: 'open-9' } },
      ]),
    },
    judgeRefusals: { 'a delivery is refused in calm': answer({ sentAt: 15_000 }) },
    judgeCopies: { 'an event is stored twice in calm': add(store(firstSingle)) },
    judgeSpooling: { 'a delivery is refused beside a spool': () => ({ spoolsFromMs: 2_000 }) },
    judgeRecovery: { 'nothing is taken': () => ({ recoveryLack: 'rejects writes' }) },
    judgeConnections: { 'one more than is needed': () => ({ connections: { counts: [1, 3, 1], most: 2 } }) },
    judgeStaying: {
      'not ready while it runs': process(({ samples }) => ({
        samples: samples.map((sample) => (sample.atMs === 40_000 ? { ...sample, isReady: false } : sample)),
      })),
    },
    judgeReadiness: {
      'never ready, and takes everything': process(({ samples }) => ({
        samples: samples.map(({ atMs }) => ({ atMs, isReady: false })),
      })),
    },
    judgeReaders: { 'a reader does not get to the end': () => ({ readersLack: 'events-0 is not read' }) },
    judgeSpools: { 'a segment is left': () => ({ segmentsLeft: 1 }) },
    judgeExits: { 'another code than 0': process(() => ({ faults: ['receiver-1 ended with 1'] })) },
    judgeUncaught: { 'an exception': () => ({ uncaught: [new Error('of a timer')] }) },
    judgeStore: {
      'a judge of the store speaks': () => ({
        ofStore: { judgeAll: () => [{ kind: 'lost', text: 'a state' }] },
      }),
    },
  },
);

/** Histories that test the rule checks which rounds with real faults also use. */
export const verdictHistories = listHistories<RoundEvidence, keyof typeof verdictJudges>(
  verdictJudges,
  faithfulRound,
  {
    ...verdict,
    judgeKeys: keySpoils,
    judgeOrder: { 'the first event of a waiting sender comes last': putLast(events.waited[0]) },
    judgeDeadLetters: letterSpoils,
  },
);
