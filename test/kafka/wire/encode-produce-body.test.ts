import * as fc from 'fast-check';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { crc32c } from '../../../src/kafka/wire/crc32c.ts';
import { encodeProduceBody } from '../../../src/kafka/wire/encode-produce-body.ts';
import type { ProduceBatch } from '../../../src/kafka/wire/produce-batch.ts';
import { toTopicData } from '../../../src/kafka/wire/to-topic-data.ts';

interface Produce {
  protocol(options: { version: number }): (parameters: object) => {
    request: { encode(): Promise<{ buffer: Buffer }> };
  };
}

const now = 1_795_544_810_287;

/** What kafkajs itself would send. */
async function encodeByKafkajs(batches: readonly ProduceBatch[]): Promise<Buffer> {
  const produce = (requests.Produce as Produce).protocol({ version: 7 });
  const { request } = produce({ acks: -1, timeout: 2500, topicData: toTopicData(batches) });
  return (await request.encode()).buffer;
}

const encode = (batches: readonly ProduceBatch[]): Buffer =>
  encodeProduceBody(batches, { now, replicationTimeoutMs: 2500 });

const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 80 }));
const record = fc.record({
  key: fc.option(text),
  value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  headers: fc.dictionary(
    // Names that an object does not put in another order, or take as its prototype.
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

describe('encodeProduceBody', () => {
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

  it('agrees on more headers than one byte can count', async () => {
    const headers = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`h${index}`, `${index}`]));
    const batches = [
      { topic: 'events', partition: 0, records: [{ key: 'k', value: Buffer.from('v'), headers }] },
    ];
    expect(encode(batches).equals(await encodeByKafkajs(batches))).toBe(true);
  });
});

describe('crc32c', () => {
  // RFC 3720, B.4
  it.each([
    ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 incrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['nine digits', Buffer.from('123456789'), 0xe3069283],
  ])('gives the published checksum of %s', (_, bytes, checksum) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(checksum);
  });

  it('looks at the given range only', () => {
    expect(crc32c(Buffer.from('xx123456789yyy'), 2, 11)).toBe(0xe3069283);
  });
});
