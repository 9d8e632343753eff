import { Kafka, logLevel } from 'kafkajs';
import { serveUsual } from './serve-usual.ts';

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

serveUsual(PORT, {
  store: (events) =>
    producer.send({
      topic: TOPIC,
      messages: events.map((event) => ({
        key: event.payload?.messageId ?? null,
        value: JSON.stringify(event),
      })),
    }),
});
