import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';

/**
 * Outcome of a request. A number is an HTTP status. The other values mean that the connection was refused or cut, or
 * that the client timed out.
 */
export type Outcome = number | 'refused' | 'cut' | 'no_answer';

export interface WebhookTarget {
  readonly port: number;
  readonly tls?: boolean;
  readonly path: string;
  readonly agent: Agent;
  /** If `false`, the load balancer has no backend and refuses the request. */
  isRouted(): boolean;
  /** Returns the secret. Called for each request, so that the secret can be rotated during the traffic. */
  secret(): string;
}

/**
 * Timeout of the client, which is two seconds longer than the timeout of the provider, so that late responses are
 * detected.
 */
const patienceMs = 12_000;

export function createTarget(target: Omit<WebhookTarget, 'agent'>): WebhookTarget {
  const options = { keepAlive: true, maxSockets: Infinity, scheduling: 'fifo' } as const;
  const agent =
    target.tls === true ? new TlsAgent({ ...options, rejectUnauthorized: false }) : new Agent(options);
  return { ...target, agent };
}

export function sign(body: string, secret: string): string {
  return createHmac('sha1', secret).update(body).digest('hex');
}

export function postWebhook(target: WebhookTarget, body: string, signature: string): Promise<Outcome> {
  return new Promise((resolve) => {
    if (!target.isRouted()) {
      setImmediate(resolve, 'refused');
      return;
    }
    const sent = (target.tls === true ? requestTls : request)({
      ...{ host: '127.0.0.1', port: target.port, path: target.path, agent: target.agent, method: 'POST' },
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-comapi-signature': signature,
      },
    });
    const timer = setTimeout(() => {
      resolve('no_answer');
      sent.destroy();
    }, patienceMs);
    sent.once('response', (response) => {
      const status = response.statusCode ?? 0;
      response.once('error', () => resolve('cut'));
      response.once('end', () => {
        clearTimeout(timer);
        resolve(status);
      });
      response.resume();
    });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'cut');
    });
    sent.end(body);
  });
}
