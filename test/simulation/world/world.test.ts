import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startWorld } from './world.ts';

describe('a world', () => {
  test('chooses the order of what is due at the same moment', async () => {
    const order = async (seed: number) => {
      using world = startWorld(seed);
      const seen: number[] = [];
      for (const each of [1, 2, 3, 4, 5]) {
        world.after(10, () => seen.push(each));
      }
      world.after(10, () => seen.push(6))();
      await world.runFor(20);
      return seen;
    };
    expect((await order(1)).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5]);
    expect(await order(1)).toEqual(await order(1));
    const orders = new Set<string>();
    for (let seed = 0; seed < 10; seed += 1) {
      orders.add((await order(seed)).join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  test('runs immediates before time goes on, and not those that were cleared', async () => {
    using world = startWorld(1);
    const seen: string[] = [];
    setTimeout(() => {
      setImmediate(() => seen.push(`first at ${world.now()}`));
      clearImmediate(setImmediate(() => seen.push('cleared')));
      void nextTurn().then(() => seen.push(`promised at ${world.now()}`));
    }, 10);
    await world.runFor(20);
    expect(seen).toEqual(['first at 10', 'promised at 10']);
  });

  test('keeps durations when somebody sets the clock', async () => {
    using world = startWorld(1);
    const [date, now] = [Date.now(), performance.now()];
    let firedAt = 0;
    setTimeout(() => {
      firedAt = world.now();
    }, 1_000);
    world.setClock(-3_600_000);
    expect([Date.now() - date, performance.now() - now]).toEqual([-3_600_000, 0]);
    await world.runFor(2_000);
    expect(firedAt).toBe(1_000);
    expect(performance.now() - now).toBe(2_000);
  });

  test('does not wait for ever when time stands still', async () => {
    using world = startWorld(1);
    const again = () => setImmediate(again);
    again();
    await expect(world.runFor(10)).rejects.toThrow('Time stands still');
  });
});

describe('a simulated process', () => {
  test('runs nothing once it has ended: no timer, no interval, no promise of a timer', async () => {
    using world = startWorld(1);
    const started = world.processes.start('one');
    const seen: string[] = [];
    started.run(() => {
      setTimeout(() => seen.push('timer'), 50);
      setInterval(() => seen.push('interval'), 30);
      setImmediate(() => seen.push(`immediate of ${world.processes.current()?.name}`));
      void delay(60).then(() => seen.push('promise'));
    });
    world.after(40, () => started.end());
    await world.runFor(1_000);
    expect(seen).toEqual(['immediate of one', 'interval']);
    expect(started.run(() => seen.push('more'))).toBeUndefined();
    expect(seen).toHaveLength(2);
  });
});
