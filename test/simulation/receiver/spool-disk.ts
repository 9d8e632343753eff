import { readdir, readFile } from 'node:fs/promises';
import { isSegmentName } from '../../../src/stores/journal/journal-segment.ts';
import { simulatedRoot } from '../disk/install-disk.ts';
import { Machine } from '../disk/machine.ts';
import type { RunningWorld } from '../world/world.ts';

const lookMs = 500;

/** Opens one disk for all receivers, with a separate spool for each receiver. */
export function openSpoolDisk(world: RunningWorld, names: readonly string[]) {
  const machine = new Machine(world);
  const judge = machine.mount('judge').point;
  const directoryIn = (point: string, name: string) => `${point}/data/${name}`;

  async function readDirectory(name: string): Promise<string[]> {
    const files = await readdir(directoryIn(judge, name)).catch(() => []);
    return Promise.all(
      files.map((file) => readFile(`${directoryIn(judge, name)}/${file}`, 'utf8').catch(() => '')),
    );
  }

  return {
    machine,
    start: (name: string) => machine.start(name).process,
    env: (name: string) => ({ SPOOL_DIR: directoryIn(`${simulatedRoot}${name}`, name) }),
    /** Advances time until every spool is empty. @returns the number of remaining segments */
    async drain(limitMs: number) {
      const untilMs = world.now() + limitMs;
      for (;;) {
        const counts = await finish(
          world,
          Promise.all(names.map((name) => countSegments(directoryIn(judge, name)))),
        );
        const segments = counts.reduce((sum, count) => sum + count, 0);
        if (segments === 0 || world.now() > untilMs) {
          return segments;
        }
        await world.runFor(lookMs);
      }
    },
    /** Returns the ids of all records in the spool files, including records that are about to be removed. */
    async readIds() {
      const texts = await finish(world, Promise.all(names.map(readDirectory)));
      return new Set(
        // A dead letter has no ce_id header. Its text contains the rejected event with escaped quotes, or an invalid
        // element as text.
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

/**
 * Counts the segments that are not empty. A failed write may leave an empty segment, and a drained segment may
 * disappear while it is read.
 */
export async function countSegments(directory: string): Promise<number> {
  const names = (await readdir(directory).catch(() => [])).filter(isSegmentName);
  const sizes = await Promise.all(
    names.map((name) =>
      readFile(`${directory}/${name}`).then(
        ({ length }) => length,
        () => 0,
      ),
    ),
  );
  return sizes.filter((size) => size > 0).length;
}

/** Advances time until the given work, which uses the simulated disk, is finished. */
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
