import { openNetwork } from '../simulation/network/open-network.ts';
import { startWorld } from '../simulation/world/world.ts';

/** Maximum virtual time. Work that takes longer is considered to hang. */
const longestMs = 3_600_000;

/**
 * Runs work in virtual time, in which waiting takes no real time. The servers and clients of the work must run in this
 * process, all of its modules must be loaded first, and it must leave nothing open.
 *
 * @throws {Error} the error of the work, an unhandled error, or an error if the work does not end
 */
export async function inVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  using world = startWorld(1);
  using network = openNetwork(world);
  void network;
  // The simulated process has the name of the host on which its servers listen.
  const own = world.processes.start('127.0.0.1');
  const over = new AbortController();
  const result = Promise.resolve(own.run(work) as Promise<T>).finally(() => over.abort());
  result.catch(() => {});
  while (!over.signal.aborted) {
    if (world.now() > longestMs) {
      throw new Error('The work does not end');
    }
    await world.runFor(10);
  }
  const [uncaught] = world.uncaught;
  if (uncaught !== undefined) {
    throw uncaught;
  }
  return await result;
}
