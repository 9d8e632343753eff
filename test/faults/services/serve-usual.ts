import { createServer, type IncomingMessage } from 'node:http';

export interface UsualEvent {
  readonly payload?: { readonly messageId?: string };
}

interface UsualStore {
  /** When it rejects, the answer is 503. */
  readonly store: (events: readonly UsualEvent[]) => Promise<unknown>;
  readonly isReady?: () => boolean;
}

/** The HTTP side of the usual ways: a POST with one event or an array is answered 200 when they count as stored. */
export function serveUsual(port: string, { store, isReady = () => true }: UsualStore): void {
  createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(503).end(),
    );
  }).listen(Number(port), '127.0.0.1');

  async function receive(request: IncomingMessage): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    if (request.method !== 'POST') {
      return isReady() ? 200 : 503;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as UsualEvent | UsualEvent[];
    await store(Array.isArray(body) ? body : [body]);
    return 200;
  }
}
