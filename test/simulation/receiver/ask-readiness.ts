import { request } from 'node:http';
import type { Network } from '../network/network.ts';
import { ports } from './supervised-receiver.ts';

/** Asks `/readyz`, as a load balancer does. */
export function askReadiness(network: Network, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({
      createConnection: () => network.connect({ host, port: ports.management }),
      path: '/readyz',
    });
    asked.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
