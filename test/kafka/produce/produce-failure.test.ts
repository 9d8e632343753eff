import { describe, expect, it } from 'vitest';
import { toPartitionFailure } from '../../../src/kafka/produce/produce-failure.ts';

describe('toPartitionFailure', () => {
  it.each([
    [10, { action: 'reject', reason: 'too_large' }],
    [18, { action: 'reject', reason: 'too_large' }],
    [87, { action: 'reject', reason: 'rejected_by_broker' }],
    [29, { action: 'deny' }],
    [3, { action: 'retry', cause: 'stale_leader' }],
    [6, { action: 'retry', cause: 'stale_leader' }],
    [7, { action: 'retry', cause: 'replication_timeout' }],
    [19, { action: 'retry', cause: 'not_enough_replicas' }],
    [20, { action: 'retry', cause: 'not_enough_replicas' }],
    [32, { action: 'retry', cause: 'broker_error' }],
    [56, { action: 'retry', cause: 'broker_error' }],
    [-1, { action: 'retry', cause: 'broker_error' }],
  ])('reads error code %i', (code, failure) => {
    expect(toPartitionFailure(code)).toEqual(failure);
  });

  it('keeps the records whatever code it does not know', () => {
    for (let code = 88; code < 200; code += 1) {
      expect(toPartitionFailure(code).action).toBe('retry');
    }
  });
});
