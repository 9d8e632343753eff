import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Number of ports per worker. Each worker has a separate range, so that no other worker can use its ports. */
const portsOfWorker = 4_000;
const firstPort = 12_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 5) * portsOfWorker;
const given = new Set<number>();

/**
 * Finds free loopback ports below the range that the kernel uses for outgoing connections. Within that range, a client
 * that keeps connecting to a stopped broker could get the broker's port as its own source port and connect to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(firstPort, firstPort + portsOfWorker);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      ports.push(port);
    }
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
