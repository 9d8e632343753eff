import { Partitioners } from 'kafkajs';
import { describe, expect, it, test } from 'vitest';
import { murmur2, partitionFor, wereKeysRepartitioned } from '../../../src/stores/append/partition-for.ts';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';

describe('murmur2', () => {
  // The expected values are those of the Kafka test org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });
});

describe('partitionFor', () => {
  it("chooses what kafkajs's Java-compatible partitioner chooses, for keys of every length and script", () => {
    const random = createSeededRandom(20_261_124);
    const partitioner = Partitioners.DefaultPartitioner();
    const alphabet = ['a', 'Z', '7', '-', 'é', '本', '😀', '\u0000', '\ud800'];
    for (let i = 0; i < 5000; i += 1) {
      const length = Math.floor(random() * 60) + (i % 500 === 0 ? 400 : 0);
      const key = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
      const count = 1 + Math.floor(random() * 100);
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionId,
        partitionErrorCode: 0,
        leader: 1,
        replicas: [1],
        isr: [1],
      }));
      const expected = partitioner({ topic: 't', partitionMetadata, message: { key, value: '' } });
      expect(partitionFor(key, count)).toBe(expected);
    }
  });
});

const keys = Array.from({ length: 20 }, (_, index) => `m-${index}`);
const spread = (over: number) => keys.map((key) => [partitionFor(key, over), key] as const);

test('keys lie where they belong as long as there are as many parts as when they were stored', () => {
  expect(wereKeysRepartitioned(spread(12), 12)).toBe(false);
  expect(wereKeysRepartitioned([], 12)).toBe(false);
});

test.each([1, 6, 11, 24])(
  'keys that were spread over %i parts do not lie where they belong among 12',
  (over) => {
    expect(wereKeysRepartitioned(spread(over), 12)).toBe(true);
  },
);
