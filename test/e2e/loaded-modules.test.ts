import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Env } from '../../src/runtime/config-error.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

test('with the journal the receiver loads no client of another store, and nothing for traces', async () => {
  const loaded = await listLoaded({});
  expect(loaded).toEqual(expect.arrayContaining([expect.stringContaining('/src/stores/journal/journal.ts')]));
  expect(clientsAmong(loaded)).toEqual([]);
});

test('on Kafka the receiver loads no client of another store, no filter, and no tool of commands', async () => {
  const brokers = await kafkaBrokers();
  const [events, deadLetters] = [`events-${randomUUID()}`, `dead-${randomUUID()}`];
  await createTopic(brokers, events, {});
  await createTopic(brokers, deadLetters, {});
  const loaded = await listLoaded({
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: events,
    KAFKA_DEAD_LETTER_TOPIC: deadLetters,
  });
  expect(clientsAmong(loaded)).toEqual(['kafkajs']);
  const unused =
    /\/src\/(filter|tools|observe\/tracing|stores\/(rabbitmq|redis|journal|spool|kafka\/consume\/filter))\/(?!filter-settings)/;
  expect(loaded.filter((url) => unused.test(url))).toEqual([]);
  const above = /\/kafkajs\/(index\.js|src\/(admin|cluster|consumer|producer|retry)\/)/;
  expect(loaded.filter((url) => above.test(url))).toEqual([]);
});

function clientsAmong(loaded: readonly string[]): string[] {
  const clients = ['@redis/client', 'amqplib', 'kafkajs'];
  // prom-client loads the OpenTelemetry API, which has no effect without an SDK.
  const tracing = Object.keys(packageJson.dependencies).filter(
    (name) => name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api',
  );
  return [...clients, ...tracing].filter((name) =>
    loaded.some((url) => url.includes(`/node_modules/${name}/`)),
  );
}

/** Returns the URLs of all modules that a receiver loads from its start to its stop. */
async function listLoaded(env: Env): Promise<readonly string[]> {
  const directory = temporaryDirectory();
  const file = join(directory, 'loaded');
  const record = `import { registerHooks } from 'node:module';
    import { writeFileSync } from 'node:fs';
    const urls = new Set();
    registerHooks({ load: (url, context, next) => { urls.add(url); return next(url, context); } });
    process.on('exit', () => writeFileSync(${JSON.stringify(file)}, [...urls].join('\\n')));`;
  const { child, exited } = await startReceiverProcess({
    WEBHOOK_SECRET: testSecret,
    DATA_DIR: directory,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(record)}`,
    ...env,
  });
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  const loaded = readFileSync(file, 'utf8').split('\n');
  const commands = loaded.filter((url) => url.endsWith('-command.ts'));
  expect(commands).toEqual([expect.stringContaining('/receive-command.ts')]);
  return loaded;
}
