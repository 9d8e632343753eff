import { readdir, readFile } from 'node:fs/promises';
import { inspectSpool } from '../../../src/stores/spool/find-spooled.ts';
import { simulatedRoot } from '../disk/install-disk.ts';
import { Machine } from '../disk/machine.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { RunningWorld } from '../world/world.ts';

/** One disk under all receivers, with a spool for each. */
export interface SpoolDisk extends Disposable {
  readonly machine: Machine;
  start(name: string): SimulatedProcess;
  env(name: string): Readonly<Record<string, string>>;
  /** Lets time pass until every spool is empty. @returns records that are left then */
  drain(limitMs: number): Promise<number>;
  /** Of all that is in a file of a spool, whether it waits, was set aside, or is a moment from being removed. */
  readIds(): Promise<ReadonlySet<string>>;
}

const lookMs = 500;

export function openSpoolDisk(world: RunningWorld, names: readonly string[]): SpoolDisk {
  const machine = new Machine(world);
  const judge = machine.mount('judge').point;
  const directoryIn = (point: string, name: string) => `${point}/data/${name}`;

  async function readDirectory(name: string): Promise<string[]> {
    const directory = directoryIn(judge, name);
    const files = await readdir(directory).catch(() => []);
    return Promise.all(files.map((file) => readFile(`${directory}/${file}`, 'utf8').catch(() => '')));
  }

  return {
    machine,
    start: (name) => machine.start(name).process,
    env: (name) => ({ SPOOL_DIR: directoryIn(`${simulatedRoot}${name}`, name) }),
    async drain(limitMs) {
      const untilMs = world.now() + limitMs;
      for (;;) {
        const found = await finish(
          world,
          Promise.all(names.map((name) => inspectSpool(directoryIn(judge, name)))),
        );
        const records = found.reduce((sum, each) => sum + each.records, 0);
        if (records === 0 || world.now() > untilMs) {
          return records;
        }
        await world.runFor(lookMs);
      }
    },
    async readIds() {
      const texts = await finish(world, Promise.all(names.map(readDirectory)));
      return new Set(
        // A dead letter has no ce_id, what stands in it as text has its quotes escaped, and a bad element is a text.
        texts
          .flat(2)
          .flatMap((text) =>
            [...text.matchAll(/(?:"(?:ce_id|eventId)\\?":\\?"|lement )([^"\\]+)/g)].map(([, id = '']) => id),
          ),
      );
    },
    [Symbol.dispose]: () => machine[Symbol.dispose](),
  };
}

/** Lets time pass until that is done: it waits for the disk. */
export async function finish<T>(world: RunningWorld, work: Promise<T>): Promise<T> {
  const done = { is: false };
  const outcome = work.finally(() => {
    done.is = true;
  });
  outcome.catch(() => {});
  while (!done.is) {
    await world.runFor(100);
  }
  return outcome;
}
