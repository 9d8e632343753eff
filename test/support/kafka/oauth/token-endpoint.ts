import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface TokenRequest {
  readonly headers: IncomingHttpHeaders;
  readonly form: Readonly<Record<string, string>>;
}

export interface TokenAnswer {
  readonly status?: number;
  readonly body: unknown;
}

interface TokenEndpointOptions {
  /** Response of the endpoint. `undefined` means that the endpoint does not respond. */
  readonly answer: (request: TokenRequest) => TokenAnswer | undefined;
  readonly port?: number;
  readonly tls?: ServerOptions;
}

/** Starts an OAuth token endpoint on loopback, until the test ends. */
export async function startTokenEndpoint(options: TokenEndpointOptions) {
  const { answer, port = 0, tls } = options;
  const requests: TokenRequest[] = [];
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = Object.fromEntries(new URLSearchParams(await readText(request)));
    const received = { headers: request.headers, form };
    requests.push(received);
    const given = answer(received);
    if (given !== undefined) {
      const { status = 200, body } = given;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    }
  }
  server.on('request', (request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const scheme = tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/token`, requests };
}
