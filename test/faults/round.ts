import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readWholeTopic } from '../support/kafka/read-whole-topic.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { createRandom } from '../support/seeded-random.ts';
import type { Fault, FaultContext, FaultyKafka } from './actions/fault.ts';
import { heal } from './actions/heal.ts';
import type { Service, ServiceTopics } from './services/service.ts';
import { createEventFactory } from './traffic/event-factory.ts';
import { startOpenLoop } from './traffic/open-loop.ts';
import { createTarget } from './traffic/post-webhook.ts';
import { createTrafficLog, isAcknowledged, type TrafficLog } from './traffic/traffic-log.ts';
import { startWaitingSenders } from './traffic/waiting-senders.ts';
import { judge, type Verdict, type Violation } from './verdict/judge.ts';
import { judgeLedger } from './verdict/judge-ledger.ts';

export interface RoundSpec {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly faultMs: number;
  readonly requestsPerSecond: number;
  readonly createService: (topics: ServiceTopics) => Promise<Service>;
  /** Gets the service's log when the round is over. */
  readonly logFile?: string | undefined;
}

export interface RoundResult extends Verdict {
  /** From the end of the last fault until a second without any refusal; `undefined`: never seen. */
  readonly recoveryMs: number | undefined;
}

const partitionCount = 12;
const calmMs = 2_000;
const recoveryLimitMs = 30_000;

/** Fresh topics, a fresh service, traffic, faults, recovery; then what was answered against what is stored. */
export async function runRound(kafka: FaultyKafka, spec: RoundSpec): Promise<RoundResult> {
  const { internalBootstrap, bootstrap } = kafka.cluster;
  const random = createRandom(spec.seed);
  const directory = await mkdtemp(join(tmpdir(), 'test-faults-'));
  const name = randomUUID().slice(0, 8);
  const topics: ServiceTopics = { bootstrap, events: `events-${name}`, deadLetter: `dead-${name}`, directory };
  const configs = { 'min.insync.replicas': '2' };
  await createTopic(internalBootstrap, topics.events, { partitions: partitionCount, replicationFactor: 3, configs });
  await createTopic(internalBootstrap, topics.deadLetter, { partitions: 3, replicationFactor: 3, configs });
  const service = await spec.createService(topics);
  const reported: Violation[] = [];
  const log = createTrafficLog();
  try {
    await service.process.start();
    const recoveryMs = await runTraffic(service, log, random, spec, async () => {
      const context: FaultContext = {
        ...kafka,
        ...{ service, topic: topics.events, partitionCount, random },
        report: (violation) => reported.push(violation),
      };
      await Promise.all(
        spec.faults.map(async (fault) => {
          await delay(random() * 1_500);
          await fault.run(context, spec.faultMs * (0.7 + random() * 0.6));
        }),
      );
      await heal(kafka);
    });
    const metrics = await service.metrics?.();
    const wasRestarted = service.process.downTimes.length > 0;
    const downTimes = [...service.process.downTimes];
    const exitCode = await service.process.terminate();
    if (exitCode !== 0 && service.metrics !== undefined) {
      reported.push({ kind: 'exit', text: `SIGTERM gave ${exitCode ?? 'a signal'} instead of 0` });
    }
    const stored = await readWholeTopic(internalBootstrap, topics.events);
    const deadLetters = await readWholeTopic(internalBootstrap, topics.deadLetter, true);
    const verdict = judge({ log, stored, deadLetters, partitionCount, downTimes });
    if (recoveryMs === undefined) {
      reported.push({ kind: 'recovery', text: `none within ${recoveryLimitMs} ms` });
    }
    if (metrics !== undefined) {
      const acknowledged = log.requests
        .filter((request) => request.kind !== 'forged' && isAcknowledged(request))
        .reduce((sum, request) => sum + request.events.length + request.badElements.length, 0);
      const kept = new Set([...stored, ...deadLetters].map((record) => record.value?.toString())).size;
      reported.push(...judgeLedger({ metrics, acknowledged, kept, wasRestarted }));
    }
    return { ...verdict, recoveryMs, violations: [...reported, ...verdict.violations] };
  } finally {
    await service.process.kill9();
    if (spec.logFile !== undefined) {
      await writeFile(spec.logFile, await service.process.logText());
    }
    await withAdmin(internalBootstrap, (admin) =>
      admin.deleteTopics({ topics: [topics.events, topics.deadLetter] }),
    ).catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  }
}

async function runTraffic(
  service: Service,
  log: TrafficLog,
  random: () => number,
  spec: RoundSpec,
  trouble: () => Promise<void>,
): Promise<number | undefined> {
  const target = createTarget({ port: service.httpPort, path: service.path, secret: () => service.secret() });
  const events = createEventFactory();
  const shared = { target, events, log };
  const senders = [
    startOpenLoop({ ...shared, random, requestsPerSecond: spec.requestsPerSecond, keyCount: 300 }),
    startWaitingSenders({ ...shared, count: 16 }),
  ];
  try {
    await delay(calmMs);
    await trouble();
    return await waitForRecovery(log);
  } finally {
    await Promise.all(senders.map((sender) => sender.stop()));
    target.agent.destroy();
  }
}

/** Recovered when everything sent within a second was taken. */
async function waitForRecovery(log: TrafficLog): Promise<number | undefined> {
  const healedAt = Date.now();
  while (Date.now() - healedAt < recoveryLimitMs) {
    const from = Date.now();
    await delay(1_000);
    const recent = log.requests.filter((request) => request.sentAt >= from && request.kind !== 'forged');
    if (recent.length > 10 && recent.every(isAcknowledged)) {
      return from - healedAt;
    }
  }
  return undefined;
}
