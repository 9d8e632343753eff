import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../../src/tools/provider/sample-event.ts';

export interface TlsClientOptions {
  /** Address, as `host:port`, to which the client connects. The host name is not resolved. */
  readonly address: string;
  readonly host: string;
  /** Certificate authority that must have signed the certificate of the server, in PEM format. */
  readonly authority: string;
  readonly connections?: number;
}

export type TlsClient = ReturnType<typeof createTlsClient>;

interface TlsAnswer {
  readonly status: number;
  readonly text: string;
  /** The `Retry-After` header of the response. */
  readonly retryAfter: string | undefined;
}

/** Calls the ingress as the provider does: over TLS, with the public host name, and with persistent connections. */
export function createTlsClient({ address, host, authority, connections = 1 }: TlsClientOptions) {
  const url = new URL(`https://${address}`);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: authority, servername: host });

  function send(method: string, path: string, body?: Buffer, headers = {}): Promise<TlsAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          method,
          path,
          host: url.hostname,
          port: url.port,
          timeout: 10_000,
          headers: { host, ...headers, ...(body && { 'content-length': body.length }) },
        },
        (response) => {
          let text = '';
          response.on('data', (data: Buffer) => {
            text += data.toString();
          });
          const { statusCode: status = 0, headers: answered } = response;
          response.on('end', () => resolve({ status, text, retryAfter: answered['retry-after'] }));
          response.on('error', reject);
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in 10 s')));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  return {
    send,
    /** Posts one signed event with a unique id. */
    async postEvent(path: string, secret: string) {
      const event = { ...createSampleEvent({ name: 'message.delivered' }), eventId: randomUUID() };
      const body = Buffer.from(JSON.stringify(event));
      const headers = { 'content-type': 'application/json', 'x-comapi-signature': signBody(body, secret) };
      return { ...(await send('POST', path, body, headers)), eventId: event.eventId };
    },
    close: () => agent.destroy(),
  };
}
