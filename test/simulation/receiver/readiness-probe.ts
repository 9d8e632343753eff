import { request } from 'node:http';
import type { Network } from '../network/network.ts';

export type ReadinessProbe = ReturnType<typeof createReadinessProbe>;

/** Probes the management port of a process, as Kubernetes does. */
export function createReadinessProbe(network: Network, host: string) {
  let problem: string | undefined = 'was not asked';
  let isReady: boolean | undefined;
  return {
    /** Returns the problem in the last response. `undefined` if the response reports no problem. */
    problem: () => problem,
    /** Returns the readiness in the last response. `undefined` if the process did not respond. */
    isReady: () => isReady,
    /** Sends a probe. The response arrives later in virtual time. */
    ask() {
      problem = 'has not answered';
      isReady = undefined;
      const options = {
        createConnection: () => network.connect({ host, port: 9_090 }),
        path: '/readyz?verbose',
      };
      const asked = request({ ...options, headers: { connection: 'close' } }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('error', () => undefined);
        response.on('end', () => {
          isReady = response.statusCode === 200;
          problem = isReady && !text.includes('"ok":false') ? undefined : text;
        });
      });
      asked.on('error', (error) => {
        problem = error.message;
      });
      asked.end();
    },
  };
}
