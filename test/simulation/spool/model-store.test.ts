import { expect, test } from 'vitest';
import { startWorld } from '../world/world.ts';
import { ModelStore } from './model-store.ts';

function askOften(store: ModelStore, times: number): void {
  for (let time = 0; time < times; time += 1) {
    store.asked('health');
  }
}

test('a store that is asked on and on while no time passes says so, and refuses', async () => {
  using world = startWorld(1);
  const store = new ModelStore(world);
  askOften(store, 9_000);
  await world.runFor(10);
  askOften(store, 9_000);
  expect(store.standstills).toEqual([]);
  expect(() => askOften(store, 2_000)).toThrow('on and on');
  expect(store.standstills).toHaveLength(1);
});
