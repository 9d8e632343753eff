import * as fc from 'fast-check';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ProduceBodyOptions,
  writeProduceBody,
} from '../../../../src/stores/kafka/wire/write-produce-body.ts';
import { encodeRecordBody } from '../../../../src/stores/kafka/wire/write-record-batch.ts';
import { bytesOf } from '../../../support/bytes-of.ts';

interface Produce {
  protocol(options: { version: number }): (parameters: object) => {
    request: { encode(): Promise<{ buffer: Buffer }> };
  };
}

const now = 1_795_544_810_287;

/** The request that kafkajs itself would send. */
async function encodeByKafkajs(
  batches: readonly { topic: string; partition: number; records: readonly object[] }[],
  { transactionalId, producer }: Partial<ProduceBodyOptions> = {},
): Promise<Buffer> {
  const produce = (requests.Produce as Produce).protocol({ version: 7 });
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  const topicData = [...topics].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, records }) => ({
      partition,
      messages: records,
      firstSequence: producer?.firstSequence,
    })),
  }));
  const { producerId, producerEpoch } = producer ?? {};
  const parameters = { acks: -1, timeout: 2500, transactionalId, producerId, producerEpoch, topicData };
  return (await produce(parameters).request.encode()).buffer;
}

function encode(
  batches: Parameters<typeof writeProduceBody>[1],
  options: ProduceBodyOptions = { now, replicationTimeoutMs: 2500 },
): Buffer {
  return bytesOf((writer) => writeProduceBody(writer, batches, options));
}

const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 80 }));
const record = fc.record({
  key: fc.option(text),
  value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  headers: fc.dictionary(
    // Excludes integer-like names, because JavaScript objects reorder them, and excludes `__proto__`.
    text.filter((name) => !/^\d+$/.test(name) && name !== '__proto__'),
    text,
    { maxKeys: 12 },
  ),
});
const batch = fc.record({
  topic: fc.constantFrom('events', 'dead-letter', 'ünï'),
  partition: fc.nat({ max: 200 }),
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
});

describe('writeProduceBody', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("makes the very bytes of kafkajs's encoder, for any records", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(batch, { selector: (each) => `${each.topic}-${each.partition}` }),
        async (batches) => {
          expect(encode(batches).equals(await encodeByKafkajs(batches))).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('makes them for a batch of a transaction too, from parts and from encoded bodies', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
    // kafkajs compares timestamps as text to find the first and the last one, so all of them have the same number of
    // digits.
    const timed = fc.record({
      timestampMs: fc.integer({ min: 10 ** 12, max: 2 * 10 ** 12 }),
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: record.map(({ headers }) => headers),
    });
    const producer = fc.record({
      producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      producerEpoch: fc.nat({ max: 2 ** 15 - 1 }),
      firstSequence: fc.nat({ max: 2 ** 31 - 1 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(timed, { minLength: 1, maxLength: 8 }),
        producer,
        text.filter((id) => id !== ''),
        async (records, identity, transactionalId) => {
          const inOrder = records.toSorted((a, b) => a.timestampMs - b.timestampMs);
          const options = { transactionalId, producer: identity };
          const messages = inOrder.map(({ timestampMs, ...parts }) => ({ ...parts, timestamp: timestampMs }));
          const target = { topic: 'latest', partition: 3 };
          const expected = await encodeByKafkajs([{ ...target, records: messages }], options);
          const encoded = inOrder.map((each) => ({
            timestampMs: each.timestampMs,
            body: encodeRecordBody(each),
          }));
          for (const given of [inOrder, encoded]) {
            const body = encode([{ ...target, records: given }], {
              ...options,
              now,
              replicationTimeoutMs: 2500,
            });
            expect(body.equals(expected)).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('agrees on records with the same headers, so many that their number takes two bytes', async () => {
    const headers = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`name-${index}`, 'same']));
    const records = [60, 7900, 7900, 60].map((length) => ({
      key: 'k',
      value: Buffer.alloc(length),
      headers,
    }));
    const batches = [{ topic: 'events', partition: 3, records }];
    expect(encode(batches).equals(await encodeByKafkajs(batches))).toBe(true);
  });

  it.each([
    ['a value whose length takes more bytes than was left for it', [7700, 7800, 7900, 8000, 8190, 8192]],
    ['an empty value', [0]],
    ['a value of two megabytes', [2_000_000]],
    ['a thousand records', Array.from({ length: 1000 }, () => 50)],
  ])('agrees on %s', async (_, lengths) => {
    const records = lengths.map((length, index) => ({
      key: `key-${index}`,
      value: Buffer.alloc(length, index),
      headers: { ce_id: `${index}`, long: 'x'.repeat(500) },
    }));
    const batches = [{ topic: 'events', partition: 3, records }];
    expect(encode(batches).equals(await encodeByKafkajs(batches))).toBe(true);
  });
});
