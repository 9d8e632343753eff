import { openNetwork } from '../simulation/network/open-network.ts';
import { startWorld } from '../simulation/world/world.ts';

/** What waits for nothing any more never ends. */
const longestMs = 3_600_000;

/**
 * Runs work whose servers and clients live in this process in virtual time: what it waits for costs none. All modules that it
 * needs have to be loaded before, and it leaves nothing open.
 *
 * @throws {Error} what the work throws; what nobody has caught; that it does not end
 */
export async function inVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  using world = startWorld(1);
  using network = openNetwork(world);
  void network;
  // Its name is the host that its servers listen on.
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
