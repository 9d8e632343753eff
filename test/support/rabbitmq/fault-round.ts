import { expect } from 'vitest';
import { defaultRabbitMqSettings } from '../../../src/stores/rabbitmq/rabbitmq-sink.ts';
import { deadlineIn } from '../deadline-in.ts';
import { createRecord } from '../kafka-sink.ts';
import { type AmqpServerOptions, type Step, startAmqpServer } from './amqp-server.ts';
import { createTestSink } from './rabbitmq-sink.ts';

/** Short enough for a table of faults. */
export const shortSettings = {
  ...{ connectTimeoutMs: 300, answerTimeoutMs: 300, confirmTimeoutMs: 300, durabilityCheckMs: 100 },
  circuit: { ...defaultRabbitMqSettings.circuit, openAfterMs: 300, probeDelayMs: { first: 50, last: 200 } },
};

interface FaultRound {
  readonly isHit: (step: Step) => boolean;
  /** Happens instead of the answer. */
  readonly fault: (step: Step) => void;
  /** What the server says of every other message while the fault lasts. */
  readonly refusal?: 'nack' | 'return';
  readonly server?: AmqpServerOptions;
}

/** A fault hits two connections, and is over. Within ten seconds the sink takes records again, by itself; then it is closed. */
export async function runFaultRound({ isHit, fault, refusal, server: options }: FaultRound): Promise<void> {
  let isFaulty = true;
  let hits = 0;
  let published = 0;
  const server = await startAmqpServer({
    ...options,
    onStep(step) {
      if (isFaulty && isHit(step)) {
        hits += 1;
        fault(step);
      } else if (!step.socket.writableEnded) {
        step.socket.write(step.bytes);
      }
    },
    onPublish() {
      published += 1;
      return isFaulty && refusal !== undefined && published % 2 === 1 ? refusal : 'ack';
    },
  });
  const { sink } = createTestSink({ url: server.url, topics: ['q'], settings: shortSettings });
  const started = sink.start();
  const append = (timeoutMs: number) => sink.append([createRecord('q', 'a')], deadlineIn(timeoutMs));
  await expect
    .poll(
      () =>
        append(200)
          .catch(() => undefined)
          .then(() => hits),
      { interval: 10 },
    )
    .toBeGreaterThan(1);
  isFaulty = false;

  await started;
  await expect.poll(() => append(1_000).catch(String), { timeout: 10_000 }).toEqual([]);
  await expect.poll(() => sink.health()).toEqual({ up: true, detail: '' });
  await sink.close();
  await expect.poll(() => server.connectionCount).toBe(0);
}
