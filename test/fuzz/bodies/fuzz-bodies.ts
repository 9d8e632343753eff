import { isDeepStrictEqual } from 'node:util';
import type { LogRecord } from '../../../src/filter/log-record.ts';
import { readEvent } from '../../../src/filter/read-event.ts';
import type { SinkRecord } from '../../../src/ports/sink.ts';
import { createIsoClock } from '../../../src/runtime/clock.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { createSeededRandom, deriveSeed } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { AdmissionGate } from '../../../src/webhook/admission-gate.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { receiveWebhook } from '../../../src/webhook/receive-webhook.ts';
import { SignatureCheck } from '../../../src/webhook/verify-signature.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { silentObservers } from '../../support/silent-observers.ts';
import { createOddBody } from './odd-body.ts';
import { type Expected, expectRecords } from './reference.ts';

interface BodyFuzzOptions {
  readonly seed: number;
  /**
   * Returns whether enough bodies were checked.
   * @param bodies the number of bodies checked so far
   */
  readonly isEnough: (bodies: number) => boolean;
  /** Number of the first body. A body of an earlier run can be repeated by its number. */
  readonly first?: number;
}

const secret = 'a secret of the body fuzzer';
const topics = { events: 'events', deadLetter: 'dead' };
const webhook = {
  name: 'fuzz',
  path: '/',
  topics,
  secrets: () => ({ secrets: [{ label: 'current', value: secret }], problems: [] }),
};
const gate = new AdmissionGate({ maxBodyBytes: 1e7, maxInFlightBytes: 1e8, maxInFlightRequests: 10 });
const recordRules = { keyRules: parseKeyRules(defaultKeyRulesText) as KeyRules, recordHeaders: {} };
const eventFields = new EventFields(recordRules.keyRules);
const isoNow = createIsoClock({ epochMs: () => 1_700_000_000_000 });

/**
 * Sends unusual signed bodies through the whole receiver, and compares each record with the record that the reference
 * expects.
 *
 * @throws {BodyFuzzError} at the first difference
 */
export async function fuzzBodies({ seed, isEnough, first = 0 }: BodyFuzzOptions) {
  /** Number of dead letters by reason. */
  const deadLetters = new Map<string, number>();
  let bodies = first;
  let events = 0;
  /** Number of bodies for which `expectRecords` expects no particular records, so that only the totals were checked. */
  let unjudged = 0;
  do {
    const body = createOddBody(createSeededRandom(deriveSeed(seed, bodies)));
    const expected = expectRecords(body);
    const { records, problem } = await receive(body);
    const difference = problem ?? compare(records, expected) ?? checkFilter(records);
    if (difference !== undefined) {
      throw new BodyFuzzError(difference, { seed, number: bodies, body });
    }
    for (const { headers } of records) {
      const { reason } = headers;
      events += reason === undefined ? 1 : 0;
      if (reason !== undefined) {
        deadLetters.set(reason, (deadLetters.get(reason) ?? 0) + 1);
      }
    }
    unjudged += expected === undefined ? 1 : 0;
    bodies += 1;
  } while (!isEnough(bodies - first));
  return { bodies: bodies - first, events, deadLetters, unjudged };
}

export class BodyFuzzError extends Error {
  constructor(
    difference: string,
    { seed, number, body }: { readonly seed: number; readonly number: number; readonly body: Buffer },
  ) {
    super(
      `${difference}\nseed ${seed}, body ${number}: ${JSON.stringify(body.toString('latin1', 0, 4_000))}`,
    );
    this.name = 'BodyFuzzError';
  }
}

const signatureCheck = new SignatureCheck();

async function receive(body: Buffer): Promise<{ records: readonly SinkRecord[]; problem?: string }> {
  const sink = createMemorySink();
  const defects: unknown[] = [];
  const { code, cause, received } = await receiveWebhook(
    {
      webhook,
      signature: signBody(body, secret),
      declaredBytes: body.length,
      contentEncoding: undefined,
      traceparent: undefined,
      deadline: Number.POSITIVE_INFINITY,
      sender: { remoteAddress: undefined, forwardedFor: undefined, tracestate: undefined, scheme: 'http' },
      onVerified: () => {},
      readBody: async () => body,
    },
    {
      gate,
      sink,
      signatureCheck,
      eventFields,
      recordRules,
      isoNow,
      observers: {
        ...silentObservers,
        observeEvents: ({ deadLetters }) =>
          void defects.push(...deadLetters.flatMap(({ error }) => (error === undefined ? [] : [error]))),
      },
    },
  );
  const { records } = sink;
  if (code !== 'ok' || defects.length > 0 || received !== records.length) {
    return { records, problem: `${code}, ${received} of ${records.length}: ${String(cause ?? defects[0])}` };
  }
  return { records };
}

function compare(
  records: readonly SinkRecord[],
  expected: readonly Expected[] | undefined,
): string | undefined {
  if (expected === undefined) {
    return undefined;
  }
  // The body counts as one record if it is stored as a whole.
  const size = String(expected.length);
  // The receiver stores events before dead letters, and keeps the order within each group.
  const wanted = expected
    .toSorted((one, other) => Number(one.kind === 'dead') - Number(other.kind === 'dead'))
    .map((each) => toRecord(each, size));
  const at = wanted.findIndex((record, index) => !isDeepStrictEqual(record, records[index]));
  if (at === -1 && wanted.length === records.length) {
    return undefined;
  }
  const show = (record: SinkRecord | undefined) =>
    JSON.stringify(record && { ...record, value: record.value.toString('latin1', 0, 300) });
  return `record ${at} of ${records.length}\nwanted ${show(wanted[at])}\n   got ${show(records[at])}`;
}

function toRecord(expected: Expected, batchSize: string): SinkRecord {
  const base = { 'received-at': isoNow(), webhook: 'fuzz' };
  if (expected.kind === 'event') {
    const { key, bytes, headers } = expected;
    return { topic: 'events', key, value: bytes, headers: { ...headers, ...base } };
  }
  const { bytes, reason, index } = expected;
  const place = index === undefined ? {} : { 'batch-index': String(index) };
  return {
    topic: 'dead',
    key: null,
    value: bytes,
    headers: { reason, ...base, 'batch-size': batchSize, ...place },
  };
}

/** Checks that the filter reads the same facts from an event's headers and from its body. */
function checkFilter(records: readonly SinkRecord[]): string | undefined {
  for (const { key, value, headers } of records) {
    const foreign: LogRecord = {
      offset: 0,
      timestampMs: 0,
      key: Buffer.from(key ?? 'none'),
      value,
      body: value,
      header: () => undefined,
    };
    const read = readEvent(foreign);
    if (read.kind === 'unreadable' && read.reason === 'unexpected_error') {
      return `the filter: ${String(read.error)}`;
    }
    if (headers.reason === undefined && headers.ce_id !== key) {
      const own = readEvent({ ...foreign, header: (name) => headers[name] });
      const { revision } = headers;
      const isSame =
        own.kind === read.kind && (own.kind !== 'tracked' || own.revision === BigInt(revision ?? -1));
      if (!isSame) {
        return `the filter: ${own.kind} by the headers, ${read.kind} by the bytes, ${revision}`;
      }
    }
  }
  return undefined;
}
