import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';

/** A status; or the connection was refused, was cut before an answer, or nothing came within the client's patience. */
export type Outcome = number | 'refused' | 'cut' | 'no_answer';

export interface WebhookTarget {
  readonly port: number;
  readonly tls?: boolean;
  readonly path: string;
  readonly agent: Agent;
  /** `false`: the load balancer has nowhere to send it, and refuses. */
  isRouted(): boolean;
  /** Asked for each request, so that it can be rotated under way. */
  secret(): string;
}

/** Two seconds more than the provider waits: what comes in between is seen to be late. */
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
