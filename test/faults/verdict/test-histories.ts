import { describe, expect, test } from 'vitest';
import type { Histories } from './list-histories.ts';

/**
 * Declares the tests for a table of histories. A check that reports nothing in these tests would never report anything
 * in a real round.
 */
export function testHistories(what: string, { judges, ofFaithful, spoiled }: Histories): void {
  describe(`the judges ${what}`, () => {
    test('have nothing to say of a faithful history', () => {
      expect(ofFaithful).toEqual([]);
    });

    test('have each a history that is not', () => {
      expect(new Set(spoiled.map(({ judge }) => judge))).toEqual(new Set(judges));
    });

    test.for(spoiled.map((each) => [each.judge, each.what, each] as const))(
      '%s alone speaks: %s',
      ([judge, , { speaking }]) => {
        expect(speaking()).toEqual([judge]);
      },
    );
  });
}
