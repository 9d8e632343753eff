import { expect, test } from 'vitest';
import { toReplicationTimeout } from '../../../../src/stores/kafka/produce/produce-connection.ts';

test('a broker may wait half a second less for its followers than it has for its answer', () => {
  expect([3_000, 5_000].map(toReplicationTimeout)).toEqual([2_500, 4_500]);
});
