import { expect, test } from 'vitest';
import {
  createWithholding,
  type Withholding,
} from '../../../../src/tools/provider/simulator/withheld-events.ts';

const count = 10_000;
const batch = 10;

/** The numbers of the events that are withheld. Every second one is `message.delivered`. */
function withheld(way: Withholding['way'], share = 0.05, seed = 7): number[] {
  const isWithheld = createWithholding({ way, share }, { seed, count });
  return Array.from({ length: count }, (_, slot) => slot).filter((slot) =>
    isWithheld({
      slot,
      name: slot % 2 === 0 ? 'message.delivered' : 'message.read',
      delivery: slot - (slot % batch),
    }),
  );
}

test('deliveries are withheld whole, here and there', () => {
  const found = withheld('deliveries');
  expect(found.length).toBeGreaterThan(300);
  expect(found.length).toBeLessThan(700);
  expect(found.length % batch).toBe(0);
  expect(new Set(found.map((slot) => Math.floor(slot / 1_000))).size).toBe(10);
});

test('names are withheld alone', () => {
  const found = withheld('names');
  expect(found.length).toBeGreaterThan(150);
  expect(found.length).toBeLessThan(350);
  expect(found.filter((slot) => slot % 2 === 1)).toEqual([]);
});

test('an hour is withheld in the middle, and nothing around it', () => {
  const found = withheld('hour');
  expect([found[0], found.at(-1), found.length]).toEqual([4_750, 5_249, 500]);
});

test('without a registration all that follows is withheld', () => {
  const found = withheld('registration');
  expect([found[0], found.at(-1), found.length]).toEqual([9_500, 9_999, 500]);
});

test('the same seed withholds the same events, another one others', () => {
  expect(withheld('deliveries')).toEqual(withheld('deliveries'));
  expect(withheld('deliveries', 0.05, 8)).not.toEqual(withheld('deliveries'));
});
