import { expect, onTestFinished, test } from 'vitest';
import { type ArrivingBody, findEvictable } from '../../src/http/arriving-body.ts';
import { DeadlineWatch } from '../../src/runtime/deadline-watch.ts';

const body = (given: Partial<ArrivingBody>): ArrivingBody => ({
  ...{ sweeps: 0, slot: -1, endsAt: 1, heldBytes: 512, isLarge: false, isProven: false },
  count() {},
  evict() {},
  onTimeout() {},
  ...given,
});

test.each([
  ['one of the same age', body({}), true],
  ['an older one', body({ endsAt: 0 }), true],
  ['no younger one', body({ endsAt: 2 }), false],
  ['no older one whose connection has proved itself', body({ endsAt: 0, isProven: true }), false],
  ['none that holds less than 512 bytes', body({ heldBytes: 511 }), false],
])('for a body goes %s', (_, other, isGoing) => {
  const arriving = new DeadlineWatch<ArrivingBody>({ now: () => 0, intervalMs: 1_000 });
  arriving.add(other);
  onTestFinished(() => arriving.remove(other));
  expect(findEvictable(arriving, { asking: body({}), isLarge: false })).toBe(isGoing ? other : undefined);
});
