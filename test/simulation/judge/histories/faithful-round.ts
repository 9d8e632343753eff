import { createEventFactory, type SentEvent } from '../../../faults/traffic/event-factory.ts';
import type { SentRequest } from '../../../faults/traffic/traffic-log.ts';
import { javaPartition } from '../../../faults/verdict/java-partition.ts';
import type { StoredRecord } from '../../../support/kafka/read-topic.ts';
import type { RoundEvidence } from '../evidence.ts';

const partitionCount = 4;
const factory = createEventFactory();

/** Events grouped by their outcome. */
export const events = {
  waited: [factory.next('waiting-0'), factory.next('waiting-0')],
  singles: [factory.next('open-1'), factory.next('open-1'), factory.next('open-4')],
  batch: [factory.next('open-2'), factory.next('open-2')],
  refused: factory.next('open-3'),
  forged: factory.next('open-5'),
  unsent: factory.next('open-6'),
} as const satisfies Readonly<Record<string, SentEvent | readonly SentEvent[]>>;

const [firstWaited, secondWaited] = events.waited as [SentEvent, SentEvent];
const [single, secondSingle, lastSingle] = events.singles as [SentEvent, SentEvent, SentEvent];
const badElement = '"bad"';

function send(sentAt: number, sent: readonly SentEvent[], other: Partial<SentRequest> = {}): SentRequest {
  return { kind: 'single', events: sent, badElements: [], sentAt, latencyMs: 5, outcome: 200, ...other };
}

/** Returns the record that a correct store contains for an event. */
export function store(event: SentEvent, other: Partial<StoredRecord> = {}): StoredRecord {
  const key = Buffer.from(event.key);
  const headers = { ce_id: event.id, ce_subject: event.key, revision: String(event.revision) };
  return {
    ...{ partition: javaPartition(key, partitionCount), offset: 0, timestampMs: 0 },
    ...{ key, value: Buffer.from(event.text), headers, ...other },
  };
}

export function storeLetter(value: string, reason: string): StoredRecord {
  return {
    partition: 0,
    offset: 0,
    timestampMs: 0,
    key: null,
    value: Buffer.from(value),
    headers: { reason },
  };
}

/** A round without any violation. It has one receiver. After 20 s, its store becomes unavailable, and later recovers. */
export const faithfulRound: RoundEvidence = {
  log: {
    requests: [
      send(10_000, [firstWaited], { kind: 'waiting' }),
      send(11_000, [secondWaited], { kind: 'waiting' }),
      send(12_000, [single]),
      send(13_000, events.batch, { kind: 'batch', badElements: [badElement] }),
      send(14_000, [secondSingle]),
      send(15_000, [events.forged], { kind: 'forged', outcome: 401 }),
      send(25_000, [lastSingle]),
      send(30_000, [events.refused], { outcome: 503 }),
    ],
    waited: new Map([['waiting-0', [firstWaited, secondWaited]]]),
    stalls: [],
  },
  stored: [firstWaited, secondWaited, single, ...events.batch, secondSingle, lastSingle].map((event) =>
    store(event),
  ),
  deadLetters: [storeLetter(badElement, 'not_object')],
  partitionCount,
  downTimes: [],
  mayReject: false,
  isGone: () => false,
  isOneProcess: true,
  isMisled: false,
  calm: [{ fromMs: 2_000, toMs: 20_000 }],
  spooled: undefined,
  spoolsFromMs: undefined,
  segmentsLeft: 0,
  processes: [
    {
      samples: Array.from({ length: 60 }, (_, second) => ({ atMs: second * 1_000, isReady: true })),
      ...{ downTimes: [], faults: [], getsAll: true },
    },
  ],
  connections: { counts: [1, 2, 1], most: 2 },
  recoveryLack: undefined,
  readersLack: undefined,
  uncaught: [],
  ofStore: { judgeNothing: () => [] },
};
