import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { createHangingDirectory, type HangingDirectory } from '../../support/disk/hanging-directory.ts';
import { readSpool } from '../../support/read-spool.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { FaultyKafka } from '../actions/fault.ts';
import { heal } from '../actions/heal.ts';
import { createSmallDisk, type SmallDisk } from '../journal/small-disk.ts';
import { concludeRound, type Observations, type RoundResult } from '../round-result.ts';
import { createRoundTopics, deleteRoundTopics, partitionCount, readRoundTopics } from '../round-topics.ts';
import { runFaultTraffic } from '../run-fault-traffic.ts';
import { createReceiver } from '../services/create-receiver.ts';
import type { Service, ServiceTopics } from '../services/service.ts';
import { createTrafficLog } from '../traffic/traffic-log.ts';
import type { SpoolTrouble } from './spool-troubles.ts';

export interface SpoolRoundSpec {
  readonly seed: number;
  readonly trouble: SpoolTrouble;
  readonly outageMs: number;
  readonly requestsPerSecond: number;
  readonly logFile?: string | undefined;
}

/** Topics that are gone after the work. */
export async function withTopics<T>(
  { cluster }: FaultyKafka,
  work: (topics: ServiceTopics) => Promise<T>,
  replicas?: (partition: number) => readonly number[],
): Promise<T> {
  const { bootstrap, internalBootstrap } = cluster;
  const name = randomUUID().slice(0, 8);
  const directory = await mkdtemp(join(tmpdir(), 'test-faults-'));
  const topics = { bootstrap, events: `events-${name}`, deadLetter: `dead-${name}`, directory };
  await createRoundTopics(internalBootstrap, topics, replicas);
  try {
    return await work(topics);
  } finally {
    await deleteRoundTopics(internalBootstrap, topics);
    await rm(directory, { recursive: true, force: true });
  }
}

const managementOf = ({ managementPort }: Service) => ({
  managementUrl: `http://127.0.0.1:${managementPort}`,
});

/** While it is not open nobody knows. */
export async function spoolBytes(service: Service): Promise<number> {
  const { problem, bytes = Number.NaN } = await readSpool(managementOf(service));
  return bytes === 0 && problem !== undefined ? Number.NaN : bytes;
}

export async function untilSpoolIsEmpty(service: Service, timeoutMs: number): Promise<void> {
  await waitUntil(async () => (await spoolBytes(service)) === 0, {
    timeoutMs,
    pollMs: 100,
    what: 'the spool is empty',
  });
}

/** Traffic while the store is away; then what was answered against what is stored when the spool is drained. */
export function runSpoolRound(kafka: FaultyKafka, spec: SpoolRoundSpec): Promise<RoundResult> {
  const { trouble, outageMs, requestsPerSecond } = spec;
  const { diskMebibytes, canHang, replicas } = trouble;
  return withTopics(
    kafka,
    async (topics) => {
      const random = createSeededRandom(spec.seed);
      const disk: SmallDisk | undefined =
        diskMebibytes === undefined
          ? undefined
          : await createSmallDisk(join(topics.directory, 'disk'), diskMebibytes);
      const spoolDirectory = join(disk?.directory ?? topics.directory, 'spool');
      let hanging: HangingDirectory | undefined;
      if (canHang === true) {
        await mkdir(spoolDirectory);
        hanging = await createHangingDirectory(spoolDirectory, topics.directory);
      }
      const enter = disk?.enter ?? hanging?.wrapper;
      const service = await createReceiver(topics, {
        ...(enter && { enter }),
        env: { SPOOL_DIR: spoolDirectory, ...trouble.env },
      });
      const seen: Observations = {
        log: createTrafficLog(),
        reported: [],
        notes: [],
        flooded: [],
        unanswered: 0,
      };

      async function makeTrouble(): Promise<void> {
        const report = (text: string) => seen.reported.push({ kind: 'answered', text });
        const note = (text: string) => seen.notes.push(text);
        await trouble.run({ kafka, service, disk, hanging, random, outageMs, log: seen.log, report, note });
        await heal(kafka);
        const healedAt = Date.now();
        await untilSpoolIsEmpty(service, 60_000);
        note(`the spool was empty ${Date.now() - healedAt} ms after the store was back`);
      }

      try {
        await service.process.start();
        const recovery = await runFaultTraffic({
          ...{ service, log: seen.log, random, requestsPerSecond },
          trouble: makeTrouble,
        });
        await untilSpoolIsEmpty(service, 30_000);
        const result = await concludeRound({
          ...{ ...seen, service, ...recovery, partitionCount },
          readStores: () => readRoundTopics(kafka.cluster.internalBootstrap, topics),
        });
        // What goes through a spool has no order.
        return { ...result, violations: result.violations.filter(({ kind }) => kind !== 'order') };
      } finally {
        await service.process.kill9();
        if (spec.logFile !== undefined) {
          await writeFile(spec.logFile, await service.process.logText());
        }
        disk?.close();
      }
    },
    replicas,
  );
}
