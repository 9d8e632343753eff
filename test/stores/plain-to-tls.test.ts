import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { startTlsServer } from '../support/start-tls-server.ts';

/** The promise is a time: less than the 15 s for which a store is waited for. */
const soonMs = 14_000;
const events = ['replay', '--from', 'events', '--yes'];

test.each<[string, readonly string[], (at: string) => Record<string, string>, string]>([
  ['Kafka', events, (at) => ({ KAFKA_BROKERS: at }), ' speaks TLS: set KAFKA_TLS to true'],
  ['Redis', events, (at) => ({ REDIS_URL: `redis://${at}` }), ' speaks TLS: give rediss:// in REDIS_URL'],
  // Nothing of it is written to before dead letters were read.
  ['RabbitMQ', ['replay'], (at) => ({ RABBITMQ_URL: `amqp://${at}` }), 'does the port speak TLS, or not?'],
])(
  '%s behind a port that speaks TLS to a client without it is given up soon',
  async (_, args, toEnv, words) => {
    const at = `127.0.0.1:${await startTlsServer()}`;
    const startedAt = performance.now();
    const { code, stderr } = await runCommand(args, toEnv(at));
    expect({ code, stderr, isSoon: performance.now() - startedAt < soonMs }).toEqual({
      code: 2,
      stderr: expect.stringContaining(words),
      isSoon: true,
    });
    expect(stderr).toContain(at);
  },
);
