import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import perfHooks from 'node:perf_hooks';
import type { Random } from './random.ts';
import type { ProcessTable } from './simulated-process.ts';

/**
 * Replaces all sources of randomness in the code under test with seeded sources until the round ends. Also disables
 * Node's measurements of the real process, because their timers would never stop.
 */
export function seedSources(random: Random, processes: Pick<ProcessTable, 'current'>): Disposable {
  const restore = [
    replace(Math, { random: random.next }),
    replace(crypto, {
      randomBytes: ((size: number) => randomBytes(random, size)) as typeof crypto.randomBytes,
      randomUUID: () => toUuid(randomBytes(random, 16)),
      randomInt: (below: number) => random.int(below),
    }),
    // Each process has its own host name, regardless of the name of the machine.
    replace(os, { hostname: () => processes.current()?.name ?? 'world' }),
    replace(perfHooks, {
      monitorEventLoopDelay: () =>
        noHistogram as unknown as ReturnType<typeof perfHooks.monitorEventLoopDelay>,
      PerformanceObserver: NoObserver as unknown as typeof perfHooks.PerformanceObserver,
    }),
  ];
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      for (const each of restore) {
        each();
      }
      syncBuiltinESMExports();
    },
  };
}

function replace<T extends object>(target: T, members: Partial<T>): () => void {
  const originals = Object.fromEntries(Object.keys(members).map((name) => [name, target[name as keyof T]]));
  Object.assign(target, members);
  return () => void Object.assign(target, originals);
}

function randomBytes(random: Random, size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, () => random.int(256)));
}

function toUuid(bytes: Buffer): `${string}-${string}-${string}-${string}-${string}` {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const noHistogram = {
  ...{ min: 0, max: 0, mean: 0, stddev: 0 },
  enable: () => true,
  disable: () => true,
  reset: () => undefined,
  percentile: () => 0,
};

class NoObserver {
  observe(): void {}
  disconnect(): void {}
}
