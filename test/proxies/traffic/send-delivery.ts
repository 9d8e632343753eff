import {
  type ClientRequest,
  Agent as HttpAgent,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Delivery } from './create-delivery.ts';

/** Answer to a delivery. `undefined` if the connection ended, or if no answer arrived within the provider's 10 s. */
export type Answer = { readonly status: number; readonly body: string } | undefined;

export type Sender = ReturnType<typeof createSender>;

export interface SenderOptions {
  readonly port: number;
  readonly connections: number;
  /** Certificate authority in PEM. If present, the sender uses TLS. */
  readonly authority?: string | undefined;
}

const patienceMs = 10_000;

/** Posts deliveries as the provider does, on reused connections. */
export function createSender({ port, connections, authority }: SenderOptions) {
  const shared = { keepAlive: true, maxSockets: connections };
  const agent =
    authority === undefined ? new HttpAgent(shared) : new HttpsAgent({ ...shared, ca: authority });
  const target = { host: '127.0.0.1', port, path: '/webhook', method: 'POST', agent };
  const open = (options: RequestOptions) =>
    authority === undefined ? requestHttp(options) : requestHttps(options);

  return {
    send: (delivery: Delivery) => post(open({ ...target, headers: delivery.headers }), delivery),
    close: () => agent.destroy(),
  };
}

function post(request: ClientRequest, { body, headers }: Delivery): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => request.destroy(), patienceMs);
    const finish = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.once('error', () => finish(undefined));
    request.once('response', (response) => {
      let text = '';
      response.on('data', (data: Buffer) => {
        text += data.toString();
      });
      response.once('error', () => finish(undefined));
      response.once('end', () => {
        finish({ status: response.statusCode ?? 0, body: text });
        if (!request.writableEnded) {
          // If the receiver rejects the delivery without sending 100 Continue, this connection cannot carry another
          // request.
          request.destroy();
        }
      });
    });
    if ('expect' in headers) {
      request.once('continue', () => request.end(body));
      request.flushHeaders();
    } else {
      request.end(body);
    }
  });
}
