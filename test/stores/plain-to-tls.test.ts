import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { startTlsServer } from '../support/start-tls-server.ts';

/** Time limit: less than the 15 s for which commands wait for a store. */
const soonMs = 14_000;
test.each<[string, (at: string) => Record<string, string>, string]>([
  ['Kafka', (at) => ({ KAFKA_BROKERS: at }), 'check KAFKA_TLS: '],
  ['Redis', (at) => ({ REDIS_URL: `redis://${at}` }), 'if the port requires TLS, use rediss:// in REDIS_URL'],
  ['RabbitMQ', (at) => ({ RABBITMQ_URL: `amqp://${at}` }), 'check whether the port requires TLS'],
])('%s behind a port that speaks TLS to a client without it is given up soon', async (_, toEnv, words) => {
  const at = `127.0.0.1:${await startTlsServer()}`;
  const startedAt = performance.now();
  const { code, stderr } = await runCommand(['replay'], toEnv(at));
  expect({ code, stderr, isSoon: performance.now() - startedAt < soonMs }).toEqual({
    code: 2,
    stderr: expect.stringContaining(words),
    isSoon: true,
  });
  expect(stderr).toContain(at);
});
