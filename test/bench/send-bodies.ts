import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';

export interface CountedLoad {
  /** Path of the file that `writeBodies` wrote. */
  readonly bodies: string;
  readonly connections: number;
  readonly requests: number;
}

/**
 * Posts a number of bodies and waits for every response, so that no request is in flight at the end. This function
 * needs more CPU time than wrk, so it cannot measure the maximum rate.
 *
 * @returns the number of requests without a 2xx response
 */
export async function sendBodies(url: string, load: CountedLoad): Promise<number> {
  const lines = readFileSync(load.bodies, 'utf8').trimEnd().split('\n');
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  let next = 0;
  let failures = 0;
  async function work(): Promise<void> {
    while (next < load.requests) {
      const line = lines[next % lines.length] ?? '';
      next += 1;
      const headers = { 'Content-Type': 'application/json', 'X-Comapi-Signature': line.slice(0, 40) };
      const posted = request(`${url}/webhook`, { agent, method: 'POST', headers });
      posted.end(line.slice(41));
      const [answer] = (await once(posted, 'response')) as [IncomingMessage];
      answer.resume();
      await once(answer, 'end');
      failures += Math.floor((answer.statusCode ?? 0) / 100) === 2 ? 0 : 1;
    }
  }
  await Promise.all(Array.from({ length: load.connections }, work));
  agent.destroy();
  return failures;
}
