import { expect, test } from 'vitest';
import { javaPartition, murmur2 } from './java-partition.ts';

// From Apache Kafka, UtilsTest.testMurmur2.
test.for([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
] as const)('%s has the hash that Java gives it', ([key, hash]) => {
  expect(murmur2(Buffer.from(key)) | 0).toBe(hash);
  expect(javaPartition(Buffer.from(key), 12)).toBe((hash & 0x7f_ff_ff_ff) % 12);
});
