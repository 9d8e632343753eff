import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { declareQueue } from '../../support/rabbitmq/declare-queue.ts';
import { toUrl } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue, toStoredRecords } from '../../support/rabbitmq/read-queue.ts';
import { concludeRound, type Observations, type RoundResult } from '../round-result.ts';
import { runFaultTraffic } from '../run-fault-traffic.ts';
import { createReceiver } from '../services/create-receiver.ts';
import { createUsualProcess } from '../services/create-usual-process.ts';
import { createTrafficLog } from '../traffic/traffic-log.ts';
import { type FaultyRabbitMq, healRabbitMq, type RabbitMqFault } from './rabbitmq-faults.ts';

export interface RabbitMqRoundSpec {
  readonly seed: number;
  readonly service: 'receiver' | 'usual';
  readonly faults: readonly RabbitMqFault[];
  readonly faultMs: number;
  readonly requestsPerSecond: number;
  /** Gets the service's log when the round is over. */
  readonly logFile?: string | undefined;
}

const queueCount = 3;
/** A quorum queue that is younger than a second is lost with all of its servers. */
const settleMs = 3_000;

/** Fresh queues, a fresh service, traffic, faults, recovery; then what was answered against what the queues hold. */
export async function runRabbitMqRound(
  rabbitMq: FaultyRabbitMq,
  spec: RabbitMqRoundSpec,
): Promise<RoundResult> {
  const random = createSeededRandom(spec.seed);
  const directory = await mkdtemp(join(tmpdir(), 'test-faults-'));
  const events = `events-${randomUUID().slice(0, 8)}`;
  const deadLetter = `${events}.dead-letter`;
  const isUsual = spec.service === 'usual';
  const queues = isUsual ? [events] : Array.from({ length: queueCount }, (_, index) => `${events}.${index}`);
  const inner = toUrl(rabbitMq.cluster.nodes[0]?.port ?? 0);
  await Promise.all([...queues, deadLetter].map((queue) => declareQueue(inner, queue)));
  const settled = delay(settleMs);
  const url = rabbitMq.proxies.map(({ port }) => toUrl(port)).join(',');
  const topics = { bootstrap: '', events, deadLetter, directory };
  const service = isUsual
    ? await createUsualProcess({
        script: new URL('usual-rabbitmq-service.ts', import.meta.url),
        env: { URLS: url, QUEUE: events },
        directory,
      })
    : await createReceiver(topics, {
        store: {
          RABBITMQ_URL: url,
          RABBITMQ_QUEUE: events,
          RABBITMQ_QUEUE_COUNT: String(queueCount),
        },
      });
  const seen: Observations = { log: createTrafficLog(), reported: [], notes: [], flooded: [], unanswered: 0 };
  const context = { ...rabbitMq, service, queues, random };
  const droppedBefore = countDropped(rabbitMq);

  async function trouble(): Promise<void> {
    await settled;
    await Promise.all(
      spec.faults.map(async (fault) => {
        await delay(random() * 1_500);
        await fault.run(context, spec.faultMs);
      }),
    );
    await healRabbitMq(rabbitMq);
  }

  async function readStores() {
    const stored = await Promise.all(
      queues.map(async (queue, index) => toStoredRecords(await drainQueue(inner, queue), index)),
    );
    return { stored: stored.flat(), deadLetters: toStoredRecords(await drainQueue(inner, deadLetter)) };
  }

  try {
    await service.process.start();
    const { requestsPerSecond } = spec;
    const recovery = await runFaultTraffic({ service, log: seen.log, random, requestsPerSecond, trouble });
    const dropped = countDropped(rabbitMq) - droppedBefore;
    if (dropped > 0) {
      seen.notes.push(`${dropped} confirms dropped`);
    }
    return await concludeRound({
      ...{ ...seen, service, ...recovery, readStores },
      partitionCount: isUsual ? undefined : queueCount,
    });
  } finally {
    await service.process.kill9();
    if (spec.logFile !== undefined) {
      await writeFile(spec.logFile, await service.process.logText());
    }
    await rm(directory, { recursive: true, force: true });
  }
}

function countDropped({ proxies }: FaultyRabbitMq): number {
  return proxies.reduce((sum, { droppedConfirms }) => sum + droppedConfirms, 0);
}
