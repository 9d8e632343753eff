import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import type { Duration, Fault, FaultContext, FaultyKafka } from './actions/fault.ts';
import { heal } from './actions/heal.ts';
import { concludeRound, type Observations, type RoundResult } from './round-result.ts';
import { createRoundTopics, deleteRoundTopics, partitionCount, readRoundTopics } from './round-topics.ts';
import { runFaultTraffic } from './run-fault-traffic.ts';
import type { Service, ServiceTopics } from './services/service.ts';
import { createTrafficLog } from './traffic/traffic-log.ts';

export interface RoundSpec {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly faultMs: Duration;
  readonly requestsPerSecond: number;
  readonly createService: (topics: ServiceTopics) => Promise<Service>;
  /** Path of a file to which the log of the service is copied when the round has ended. */
  readonly logFile?: string | undefined;
}

const latestStartMs = 1_000;

/**
 * Runs a round with new topics and a new service. It sends traffic, causes faults and waits for the recovery. Finally,
 * it compares the responses with the stored records.
 */
export async function runRound(kafka: FaultyKafka, spec: RoundSpec): Promise<RoundResult> {
  const { internalBootstrap, bootstrap } = kafka.cluster;
  const random = createSeededRandom(spec.seed);
  // The times of the faults are drawn before the traffic uses the same random numbers, so that a seed always produces
  // the same times.
  const schedule = spec.faults.map((fault) => ({
    fault,
    startMs: random() * latestStartMs,
    durationMs: spec.faultMs.least + random() * (spec.faultMs.most - spec.faultMs.least),
  }));
  const directory = await mkdtemp(join(tmpdir(), 'test-faults-'));
  const name = randomUUID().slice(0, 8);
  const topics: ServiceTopics = {
    bootstrap,
    events: `events-${name}`,
    deadLetter: `dead-${name}`,
    directory,
  };
  await createRoundTopics(internalBootstrap, topics);
  const service = await spec.createService(topics);
  const seen: Observations = { log: createTrafficLog(), reported: [], notes: [], flooded: [], unanswered: 0 };
  const conclusions: (() => void)[] = [];
  const context: FaultContext = {
    ...kafka,
    ...{ service, topic: topics.events, partitionCount, random, directory, log: seen.log },
    report: (violation) => seen.reported.push(violation),
    madeAgain(at) {
      seen.madeAgainAt = at;
    },
    note: (text) => seen.notes.push(text),
    conclude: (look) => conclusions.push(look),
    flooded(ids, unanswered) {
      seen.unanswered += unanswered;
      for (const id of ids) {
        seen.flooded.push(id);
      }
    },
  };

  async function runFaults(): Promise<void> {
    await Promise.all(
      schedule.map(async ({ fault, startMs, durationMs }) => {
        await delay(startMs);
        await fault.run(context, durationMs);
      }),
    );
    await heal(kafka);
  }

  try {
    await service.process.start();
    const { requestsPerSecond } = spec;
    const recovery = await runFaultTraffic({ service, log: seen.log, random, requestsPerSecond, runFaults });
    for (const conclude of conclusions) {
      conclude();
    }
    return await concludeRound({
      ...{ ...seen, service, ...recovery, partitionCount },
      readStores: () => readRoundTopics(internalBootstrap, topics),
    });
  } finally {
    await service.process.kill9();
    if (spec.logFile !== undefined) {
      await writeFile(spec.logFile, await service.process.logText());
    }
    await deleteRoundTopics(internalBootstrap, topics);
    await rm(directory, { recursive: true, force: true });
  }
}
