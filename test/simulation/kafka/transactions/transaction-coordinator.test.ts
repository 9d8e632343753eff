import { expect, test } from 'vitest';
import { toErrorCode } from './error-code.ts';
import { createStepClock } from './step-clock.ts';
import { TransactionCoordinator } from './transaction-coordinator.ts';

const part = { kind: 'partition', name: 'latest-0' } as const;

function setUp() {
  const clock = createStepClock();
  const markers: string[] = [];
  let hasLeader = true;
  const coordinator = new TransactionCoordinator({
    after: clock.after,
    markerDelayMs: () => 5,
    writeMarker(to, { producerEpoch }, marker) {
      if (hasLeader) {
        markers.push(`${to.name} ${marker} ${producerEpoch}`);
      }
      return hasLeader;
    },
  });
  const setLeader = (has: boolean): void => {
    hasLeader = has;
  };
  return { clock, markers, coordinator, setLeader };
}

test('a transaction is over once its markers are written', () => {
  const { clock, markers, coordinator } = setUp();
  const { producerId, producerEpoch } = coordinator.initProducerId('id', 30_000);
  const producer = { producerId, producerEpoch };
  expect(coordinator.end('id', producer, 'commit')).toBe(toErrorCode('INVALID_TXN_STATE'));
  expect(coordinator.addParts('id', producer, [part])).toBe(0);
  expect(coordinator.end('id', producer, 'commit')).toBe(0);
  expect(coordinator.addParts('id', producer, [part])).toBe(toErrorCode('CONCURRENT_TRANSACTIONS'));
  expect(coordinator.initProducerId('id', 30_000).errorCode).toBe(toErrorCode('CONCURRENT_TRANSACTIONS'));
  clock.run(10);
  expect(markers).toEqual(['latest-0 commit 0']);
  expect(coordinator.end('id', producer, 'commit')).toBe(0);
  expect(coordinator.addParts('id', producer, [part])).toBe(0);
});

test('whoever initialises an id aborts what was open, and fences the producer of before', () => {
  const { clock, markers, coordinator } = setUp();
  const before = coordinator.initProducerId('id', 30_000);
  coordinator.addParts('id', before, [part]);
  expect(coordinator.initProducerId('id', 30_000).errorCode).toBe(toErrorCode('CONCURRENT_TRANSACTIONS'));
  expect(coordinator.verify(part, before)).toBe(toErrorCode('INVALID_PRODUCER_EPOCH'));
  clock.run(10);
  const { errorCode, producerEpoch } = coordinator.initProducerId('id', 30_000);
  expect({ errorCode, producerEpoch }).toEqual({ errorCode: 0, producerEpoch: 2 });
  expect(markers).toEqual(['latest-0 abort 1']);
  expect(coordinator.end('id', before, 'commit')).toBe(toErrorCode('INVALID_PRODUCER_EPOCH'));
});

test('a transaction that nobody ends is aborted when its time is over', () => {
  const { clock, markers, coordinator } = setUp();
  const producer = coordinator.initProducerId('id', 30_000);
  coordinator.addParts('id', producer, [part]);
  clock.run(29_999);
  expect(markers).toEqual([]);
  clock.run(30_100);
  expect(markers).toEqual(['latest-0 abort 1']);
  expect(coordinator.unfinished()).toEqual([]);
});

test('a marker waits for the leader of its partition', () => {
  const { clock, markers, coordinator, setLeader } = setUp();
  const producer = coordinator.initProducerId('id', 30_000);
  coordinator.addParts('id', producer, [part]);
  setLeader(false);
  coordinator.end('id', producer, 'commit');
  clock.run(1_000);
  expect(coordinator.unfinished()).toEqual(['id commit']);
  setLeader(true);
  clock.run(2_000);
  expect(markers).toEqual(['latest-0 commit 0']);
});
