import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MessageLedger } from './message-ledger.ts';

export interface SimulatedApi {
  readonly url: string;
  close(): void;
}

/**
 * Answers as the provider's API does of messages and their counts, to anybody on this machine.
 *
 * @throws an error of the network, such as that the port is in use
 */
export async function serveApi(ledger: MessageLedger, port: number): Promise<SimulatedApi> {
  const server = createServer((request, response) => {
    const answer = answerTo(new URL(request.url ?? '/', 'http://localhost'), ledger);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerTo({ pathname, searchParams }: URL, ledger: MessageLedger): object | undefined {
  if (pathname === '/cpaas/analytics/messages') {
    const [fromMs, toMs] = ['from', 'to'].map((name) => Date.parse(searchParams.get(name) ?? ''));
    return ledger.showHours(Number(fromMs), Number(toMs));
  }
  const [, messageId] = /^\/cpaas\/messages\/([^/]+)$/.exec(pathname) ?? [];
  return messageId === undefined ? undefined : ledger.show(decodeURIComponent(messageId));
}
