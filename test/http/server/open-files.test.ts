import { expect, test } from 'vitest';
import { calculateFileDescriptorShares } from '../../../src/http/server/open-files.ts';

test.each([
  [64, { acceptors: 4, publicConnections: 24, managementConnections: 8 }],
  [1_024, { acceptors: 64, publicConnections: 384, managementConnections: 128 }],
  [65_536, { acceptors: 256, publicConnections: 24_576, managementConnections: 8_192 }],
])('of %i files a quarter is left, whatever both ports take in a turn', (limit, shares) => {
  expect(calculateFileDescriptorShares(limit)).toEqual(shares);
  const { acceptors, publicConnections, managementConnections } = shares;
  expect(4 * acceptors + publicConnections + managementConnections).toBeLessThanOrEqual((limit * 3) / 4);
});

test('where the limit is not known it bounds nothing, and a port has one socket at least', () => {
  const unknown = Number.POSITIVE_INFINITY;
  expect(calculateFileDescriptorShares(unknown)).toEqual({
    acceptors: 256,
    publicConnections: unknown,
    managementConnections: unknown,
  });
  expect(calculateFileDescriptorShares(8).acceptors).toBe(1);
});
