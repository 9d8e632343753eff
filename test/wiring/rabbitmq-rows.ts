import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { startAmqpServer } from '../support/rabbitmq/amqp-server.ts';
import { deliver } from './seen-receiver.ts';
import { type Row, row, writeText } from './trial.ts';

type Published = { readonly exchange: unknown; readonly routingKey: unknown };

async function startServer() {
  const published: Published[] = [];
  const onPublish = ({ exchange, routingKey }: Readonly<Record<string, unknown>>) => {
    published.push({ exchange, routingKey });
    return 'ack' as const;
  };
  const { url } = await startAmqpServer({ onPublish });
  return { url, published };
}

async function seePublished(env: Env): Promise<readonly Published[]> {
  const { url, published } = await startServer();
  await deliver({ RABBITMQ_URL: url, ...env });
  return published;
}

/**
 * Returns which of two servers receives the event. `toValue` converts the URL of a server to the value of the setting,
 * for example the path of a file that contains the URL.
 */
async function chooseServer(toValue: (url: string) => string) {
  const [one, other] = [await startServer(), await startServer()];
  const see = async (env: Env) => {
    await deliver(env);
    return [one, other].map(({ published }) => published.length);
  };
  return { from: toValue(one.url), to: toValue(other.url), see, shows: [1, 1] };
}

/** Variables that change which records the receiver writes to RabbitMQ. */
export const rabbitMqRows: readonly Row[] = [
  row('RABBITMQ_URL', () => chooseServer((url) => url)),
  row('RABBITMQ_URL_FILE', () => chooseServer(writeText)),
  row('RABBITMQ_QUEUE', () => ({
    ...{ to: 'others', see: seePublished, shows: [{ exchange: '', routingKey: 'others' }] },
  })),
  row('RABBITMQ_QUEUE_COUNT', () => ({
    ...{ to: '3', see: seePublished },
    shows: [{ exchange: '', routingKey: expect.stringMatching(/^comapi\.events\.[012]$/) }],
  })),
  row('RABBITMQ_EXCHANGE', () => ({
    ...{ to: 'routed', see: seePublished, shows: [{ exchange: 'routed', routingKey: 'm-1' }] },
  })),
];
