import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guardProcess } from '../../support/guard-process.ts';
import { readWholeTopic } from '../../support/kafka/read-whole-topic.ts';
import type { FaultyKafka } from '../actions/fault.ts';
import { heal } from '../actions/heal.ts';
import { createReceiver } from '../services/create-receiver.ts';
import { untilSpoolIsEmpty, withTopics } from './spool-round.ts';

export interface ProviderRoundSpec {
  readonly isSpooled: boolean;
  readonly outageMs: number;
}

/** What the simulated provider saw. */
interface SimulationReport {
  readonly events: number;
  readonly accepted: number;
  /** Dropped when the schedule was over. */
  readonly lost: number;
  readonly unfinished: number;
}

export interface ProviderReport extends SimulationReport {
  /** Accepted, and not in the topic. */
  readonly missing: number;
}

const cli = new URL('../../../src/cli.ts', import.meta.url).pathname;
const daySeconds = 86_400;
const kills = 5;

/**
 * The simulated provider, its 24 hours run so much faster that they are over before the store is back. The receiver is
 * killed five times meanwhile.
 */
export function runProviderRound(
  kafka: FaultyKafka,
  { isSpooled, outageMs }: ProviderRoundSpec,
): Promise<ProviderReport> {
  return withTopics(kafka, async (topics) => {
    const env = isSpooled ? { SPOOL_DIR: join(topics.directory, 'spool') } : {};
    const service = await createReceiver(topics, { env });
    try {
      await service.process.start();
      // Four fifths of the outage for the whole schedule.
      const timeScale = daySeconds / ((outageMs / 1_000) * 0.8);
      const ledger = join(topics.directory, 'ledger.jsonl');
      const simulator = spawn(
        process.execPath,
        [
          ...[
            cli,
            'simulate',
            '--as-provider',
            '--url',
            `http://127.0.0.1:${service.httpPort}${service.path}`,
          ],
          ...['--rate', '150', '--duration', '10s', '--time-scale', String(timeScale), '--json'],
          ...['--ledger', ledger],
        ],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: {
            WEBHOOK_SECRET: service.secret(),
            KAFKA_BROKERS: topics.bootstrap,
            KAFKA_TOPIC: topics.events,
            KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
          },
        },
      );
      guardProcess(simulator);
      const output: Buffer[] = [];
      simulator.stdout.on('data', (data: Buffer) => output.push(data));
      const ended = once(simulator, 'exit');
      await delay(2_000);
      await Promise.all(kafka.cluster.brokers.map((broker) => broker.kill9()));
      for (let kill = 1; kill <= kills; kill += 1) {
        await delay(outageMs / (kills + 1));
        await service.process.kill9();
        // Without the spool it is not ready before the store is.
        const started = service.process.start();
        started.catch(() => undefined);
        await (isSpooled ? started : delay(0));
      }
      await delay(outageMs / (kills + 1));
      await heal(kafka);
      await ended;
      if (isSpooled) {
        await untilSpoolIsEmpty(service, 120_000);
      }
      const report = JSON.parse(Buffer.concat(output).toString()) as SimulationReport;
      return { ...report, missing: await countMissing(kafka, topics.events, ledger) };
    } finally {
      await service.process.kill9();
    }
  });
}

async function countMissing({ cluster }: FaultyKafka, topic: string, ledger: string): Promise<number> {
  const records = await readWholeTopic(cluster.internalBootstrap, topic, true);
  const stored = new Set(records.map(({ headers }) => headers.ce_id));
  const settled = (await readFile(ledger, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly eventId: string; readonly fate: string });
  return settled.filter(({ eventId, fate }) => fate === 'accepted' && !stored.has(eventId)).length;
}
