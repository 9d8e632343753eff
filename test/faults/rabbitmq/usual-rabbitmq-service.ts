import { createServer, type IncomingMessage } from 'node:http';
import { type Channel, connect } from 'amqplib';

/**
 * How most services do it: publish a persistent message to a durable queue on one channel, and answer 200. Run as a process
 * of its own; it shows that the faults are real and that the verdict can find a loss.
 */
const { URLS = '', QUEUE = '', PORT = '' } = process.env;

let channel: Channel | undefined;

async function keepConnected(): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const urls = URLS.split(',');
    try {
      const connection = await connect(urls[attempt % urls.length] ?? '', { timeout: 2_000 });
      connection.on('error', () => {});
      const opened = await connection.createChannel();
      opened.on('error', () => {});
      channel = opened;
      await new Promise<void>((resolve) => {
        opened.on('close', resolve);
        connection.on('close', () => resolve());
      });
    } catch {
      // The next address, soon.
    }
    channel = undefined;
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
  }
}

async function receive(request: IncomingMessage): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  if (request.method !== 'POST') {
    return channel === undefined ? 503 : 200;
  }
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  for (const event of Array.isArray(body) ? body : [body]) {
    if (channel === undefined) {
      return 503;
    }
    channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(event)), { persistent: true });
  }
  return 200;
}

void keepConnected();
createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    () => response.writeHead(503).end(),
  );
}).listen(Number(PORT), '127.0.0.1');
