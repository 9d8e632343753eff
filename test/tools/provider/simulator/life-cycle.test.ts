import { expect, test } from 'vitest';
import { createLifeCycle } from '../../../../src/tools/provider/simulator/life-cycle.ts';
import { createSeededRandom, createUuids } from '../../../../src/tools/provider/simulator/seeded-random.ts';

test('every payload is JSON, and each family occurs', () => {
  const random = createSeededRandom(7);
  const families = new Set<string | undefined>();
  for (let count = 0; count < 500; count += 1) {
    const { names, payload } = createLifeCycle(random, createUuids(7, 0));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(() => JSON.parse(`{${payload(name)}}`) as unknown).not.toThrow();
      families.add(name.split('.')[0]);
    }
  }
  const expected = ['chat', 'conversation', 'conversationMessage', 'interaction', 'message', 'profile'];
  expect(families).toEqual(new Set(expected));
});
