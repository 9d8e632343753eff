import { ReadStream } from 'node:fs';
import type { Mount } from './mount.ts';
import type { OpenFile } from './open-file.ts';
import { toFlags } from './open-flags.ts';

/** The constructor of `ReadStream`, which the Node type definitions omit. */
const OwnReadStream = ReadStream as unknown as new (path: string, options: object) => ReadStream;

type Done = (error: Error | null, ...results: unknown[]) => void;

/** Implements, on a simulated disk, the callback functions of `node:fs` that `src` calls. */
export function createSimulatedStreams(mount: Mount) {
  return {
    createReadStream: (path: string, options?: object) =>
      new OwnReadStream(path, { ...options, fs: createStreamCalls(mount) }),
  };
}

/** Implements the calls that Node's built-in file streams make, on file descriptors of a simulated disk. */
function createStreamCalls(mount: Mount) {
  const files: OpenFile[] = [];

  async function answer<T>(result: Promise<T>, done: Done, ...more: unknown[]): Promise<void> {
    const toFailure = (error: Error): Parameters<Done> => [error];
    const results = await result.then((value): Parameters<Done> => [null, value, ...more], toFailure);
    done(...results);
  }

  return {
    open(path: string, flags: string, _mode: number, done: Done): void {
      const opened = mount.call(() => files.push(mount.tree.open(path, toFlags(flags))) - 1);
      void answer(opened, done);
    },
    read(fd: number, buffer: Buffer, offset: number, length: number, at: number | null, done: Done): void {
      const read = mount.call(() => files[fd]?.read(length, at ?? null).copy(buffer, offset));
      void answer(read, done, buffer);
    },
    close(fd: number, done: Done): void {
      const closed = mount.call(() => files[fd]?.close());
      void answer(closed, done);
    },
  };
}
