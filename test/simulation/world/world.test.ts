import { randomUUID } from 'node:crypto';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createRandom } from './random.ts';
import { startWorld } from './world.ts';

describe('a random source', () => {
  test('gives the same numbers for the same seed, and others for another', () => {
    const numbers = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, () => random.int(1_000_000));
    };
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(8)).not.toEqual(numbers(7));
    expect(numbers(2 ** 32 + 7)).not.toEqual(numbers(7));
  });

  test('reaches both ends of a range and nothing else', () => {
    const random = createRandom(1);
    const seen = new Set(Array.from({ length: 200 }, () => random.between(3, 5)));
    expect([...seen].toSorted((one, other) => one - other)).toEqual([3, 4, 5]);
  });
});

describe('a world', () => {
  test('lets hours pass in no time, for timers, promises and both clocks', async () => {
    using world = startWorld(1);
    const startedAt = { date: Date.now(), performance: performance.now() };
    let took: number[] = [];
    void (async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      await delay(3_600_000);
      took = [Date.now() - startedAt.date, performance.now() - startedAt.performance, world.now()];
    })();
    await world.runFor(3 * 3_600_000);
    expect(took).toEqual([7_200_000, 7_200_000, 7_200_000]);
  });

  test('gives the real time back at its end', async () => {
    const before = Date.now();
    {
      using world = startWorld(1);
      await world.runFor(100_000);
    }
    expect(Date.now() - before).toBeLessThan(60_000);
  });

  test('takes chance from its seed, also for the code under test', () => {
    const numbers = (seed: number) => {
      using world = startWorld(seed);
      return [Math.random(), randomUUID(), world.random.next()];
    };
    expect(numbers(3)).toEqual(numbers(3));
    expect(numbers(4)).not.toEqual(numbers(3));
  });

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

  test('notes what no code has caught', async () => {
    using world = startWorld(1);
    setTimeout(() => {
      throw new Error('of a timer');
    }, 10);
    await world.runFor(20);
    expect(world.uncaught.map(({ message }) => message)).toEqual(['of a timer']);
    expect(world.trace.toText()).toContain('of a timer');
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
