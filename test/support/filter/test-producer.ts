import { Kafka, logLevel, type Message } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { patchRequestQueue } from '../../../src/stores/kafka/cluster/kafkajs/patch-kafkajs.ts';

export type SendMessages = (topic: string, messages: Message[]) => Promise<void>;

/** Connects a producer without transactions until the test ends. */
export async function connectTestProducer(bootstrap: string): Promise<SendMessages> {
  patchRequestQueue();
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return async (topic, messages) => {
    await producer.send({ topic, messages, acks: -1 });
  };
}
