import type { Mount } from './mount.ts';
import { toFlags } from './open-flags.ts';
import { SimulatedHandle } from './simulated-handle.ts';

/** Implements, on a simulated disk, the functions of `node:fs/promises` that `src` calls. */
export function createSimulatedPromises(mount: Mount) {
  const { tree } = mount;

  async function open(path: string, flags?: string | number): Promise<SimulatedHandle> {
    const handle = new SimulatedHandle(mount, await mount.call(() => tree.open(path, toFlags(flags))));
    mount.openFiles.set(handle, path);
    return handle;
  }

  async function withFile<T>(path: string, flags: string, work: (handle: SimulatedHandle) => Promise<T>) {
    const handle = await open(path, flags);
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  }

  return {
    open,
    writeFile: (path: string, data: string | Buffer) =>
      withFile(path, 'w', (handle) => handle.writeFile(data)),
    readFile: (path: string, encoding: BufferEncoding) =>
      withFile(path, 'r', async (handle) => {
        const { size } = await handle.stat();
        const buffer = Buffer.alloc(Number(size));
        let length = 0;
        for (let last = -1; last !== length; ) {
          last = length;
          length += (await handle.read(buffer, length)).bytesRead;
        }
        return buffer.toString(encoding, 0, length);
      }),
    truncate: (path: string, size = 0) => withFile(path, 'r+', (handle) => handle.truncate(size)),
    access: async (path: string) => void (await mount.call(() => tree.stats(path, 'access', false))),
    mkdir: (path: string) => mount.call(() => tree.makeDirectory(path)),
    rmdir: (path: string) => mount.call(() => tree.remove(path)),
    stat: (path: string, options?: { readonly bigint?: boolean }) =>
      mount.call(() => tree.stats(path, 'stat', options?.bigint === true)),
    readdir: (path: string) => mount.call(() => tree.list(path)),
    rename: (from: string, to: string) => mount.call(() => tree.rename(from, to)),
    async rm(path: string, options?: { readonly force?: boolean }): Promise<void> {
      await mount.call(() => {
        try {
          tree.remove(path);
        } catch (error) {
          if (options?.force !== true || (error as NodeJS.ErrnoException).code !== 'ENOENT') {
            throw error;
          }
        }
      });
    },
  };
}
