import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface TakenDelivery {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
}

/**
 * Starts a receiver that responds as the test specifies: with a status and a text, or not at all. The receiver is
 * closed after the test.
 */
export async function startScriptedReceiver(
  answer: (delivery: TakenDelivery, index: number) => number | 'silence' | Promise<number>,
  text = '{}',
) {
  const deliveries: TakenDelivery[] = [];

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const delivery = { body: await buffer(request), headers: request.headers, at: performance.now() };
    deliveries.push(delivery);
    const status = await answer(delivery, deliveries.length - 1);
    if (status !== 'silence') {
      response.writeHead(status).end(text);
    }
  }

  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`);
  return { url, deliveries, server };
}
