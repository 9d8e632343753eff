import { createServer, type IncomingMessage } from 'node:http';
import { Kafka, logLevel } from 'kafkajs';

/**
 * How most services do it: one kafkajs `send` a request with the client's defaults, 200 when it resolves. Run as a
 * process of its own; it shows that the faults are real and that the verdict can find a loss.
 */
const { BOOTSTRAP = '', TOPIC = '', PORT = '', IDEMPOTENT = '' } = process.env;

const kafka = new Kafka({ brokers: BOOTSTRAP.split(','), clientId: 'usual', logLevel: logLevel.ERROR });
const producer = kafka.producer(IDEMPOTENT === 'true' ? { idempotent: true } : {});
// The client gives up after five tries, and the process would end; a supervisor would start it again.
for (let isConnected = false; !isConnected; ) {
  isConnected = await producer.connect().then(
    () => true,
    () => false,
  );
}

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
  await producer.send({
    topic: TOPIC,
    messages: events.map((event) => ({
      key: event.payload?.messageId ?? null,
      value: JSON.stringify(event),
    })),
  });
  return 200;
}

server.listen(Number(PORT), '127.0.0.1');
