import { createServer, type IncomingMessage } from 'node:http';
import { createClient } from '@redis/client';

/**
 * How most services do it: one XADD an event with the client's defaults, 200 when it is answered. Run as a process of its
 * own; it shows that the faults are real and that the verdict can find a loss.
 */
const { REDIS_URL = '', STREAM = '', PORT = '' } = process.env;

const client = createClient({ url: REDIS_URL });
client.on('error', () => {});
await client.connect();

interface UsualEvent {
  readonly payload: { readonly messageId: string };
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    () => response.writeHead(503).end(),
  );
});

async function receive(request: IncomingMessage): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  if (request.method !== 'POST') {
    return 200;
  }
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as UsualEvent | UsualEvent[];
  const events = Array.isArray(body) ? body : [body];
  await Promise.all(
    events.map((event) =>
      client.xAdd(STREAM, '*', { key: event.payload?.messageId ?? '', value: JSON.stringify(event) }),
    ),
  );
  return 200;
}

server.listen(Number(PORT), '127.0.0.1');
