import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly endsAt: string;
}

export interface Alertmanager {
  /** `host:port`. */
  readonly address: string;
  stop(): void;
}

/**
 * Stands in for an Alertmanager: it keeps what a Prometheus posts, and shows what has not ended, by
 * https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. Debian's own does not run without its templates in
 * /usr/share.
 */
export async function startAlertmanager(): Promise<Alertmanager> {
  const kept = new Map<string, PostedAlert>();
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    if (request.method === 'POST') {
      for (const alert of JSON.parse(Buffer.concat(chunks).toString()) as PostedAlert[]) {
        kept.set(JSON.stringify(alert.labels), alert);
      }
      response.end('{}');
    } else {
      response.end(
        JSON.stringify([...kept.values()].filter(({ endsAt }) => Date.parse(endsAt) > Date.now())),
      );
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
