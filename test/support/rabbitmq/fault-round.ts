import { expect } from 'vitest';
import { defaultRabbitMqSettings } from '../../../src/stores/rabbitmq/rabbitmq-sink.ts';
import { deadlineIn } from '../deadline-in.ts';
import { inVirtualTime } from '../in-virtual-time.ts';
import { createRecord } from '../kafka-sink.ts';
import { waitUntil } from '../wait-until.ts';
import { type AmqpServerOptions, type Step, startAmqpServer } from './amqp-server.ts';
import { createTestSink } from './rabbitmq-sink.ts';

/** Short settings, so that a round can include many faults. */
export const shortSettings = {
  ...{ connectTimeoutMs: 300, answerTimeoutMs: 300, confirmTimeoutMs: 300, durabilityCheckMs: 100 },
  circuit: { ...defaultRabbitMqSettings.circuit, openAfterMs: 300, probeDelayMs: { first: 50, last: 200 } },
};

interface FaultRound {
  readonly isHit: (step: Step) => boolean;
  /** Called in place of sending the response. */
  readonly fault: (step: Step) => void;
  /** Response to every second message during the fault. */
  readonly refusal?: 'nack' | 'return';
  readonly server?: AmqpServerOptions;
}

/**
 * Runs a test round in virtual time. A fault affects two connections and then ends. The sink must then recover without
 * help within ten seconds. At the end, the round closes the sink.
 */
export function runFaultRound(round: FaultRound): Promise<void> {
  return inVirtualTime(() => runRound(round));
}

async function runRound({ isHit, fault, refusal, server: options }: FaultRound): Promise<void> {
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
  await waitUntil(
    () =>
      append(200)
        .catch(() => undefined)
        .then(() => hits > 1),
    { timeoutMs: 20_000, what: 'the fault hits two connections', pollMs: 10 },
  );
  isFaulty = false;

  await started;
  await waitUntil(async () => (await append(1_000)).length === 0, {
    timeoutMs: 30_000,
    what: 'a record is taken again',
  });
  await waitUntil(() => sink.health().up, { timeoutMs: 30_000, what: 'the sink is up' });
  expect(sink.health()).toEqual({ up: true, detail: '' });
  await sink.close();
  await waitUntil(() => server.connectionCount === 0, { timeoutMs: 30_000, what: 'no connection is left' });
}
