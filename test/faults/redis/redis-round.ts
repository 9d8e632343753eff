import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { startRedisPair } from '../../support/redis/redis-pair.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { createRedisProxy, type RedisProxy } from '../../support/redis/redis-proxy.ts';
import { createSmallDisk, type SmallDisk } from '../journal/small-disk.ts';
import { concludeRound, type Observations, type RoundResult } from '../round-result.ts';
import { runFaultTraffic } from '../run-fault-traffic.ts';
import { createReceiver } from '../services/create-receiver.ts';
import { createUsualProcess } from '../services/create-usual-process.ts';
import { createTrafficLog } from '../traffic/traffic-log.ts';
import type { RedisFault } from './redis-faults.ts';

export interface RedisRoundSpec {
  readonly seed: number;
  readonly service: 'receiver' | 'usual';
  readonly faults: readonly RedisFault[];
  readonly faultMs: number;
  readonly appendfsync: 'always' | 'everysec';
  /** REDIS_REPLICAS. */
  readonly replicas: number;
  readonly requestsPerSecond: number;
  /** Gets the service's log when the round is over. */
  readonly logFile?: string | undefined;
}

const diskMebibytes = 256;
const streamCount = 3;
const events = 'events';
const deadLetter = 'dead';

/** A fresh primary with a replica, a fresh service, traffic, faults, recovery; then what was answered against the streams. */
export async function runRedisRound(spec: RedisRoundSpec): Promise<RoundResult> {
  const random = createSeededRandom(spec.seed);
  const directory = await mkdtemp(join(tmpdir(), 'test-faults-'));
  let disk: SmallDisk | undefined;
  if (spec.faults.some(({ needsDisk }) => needsDisk)) {
    disk = await createSmallDisk(join(directory, 'disk'), diskMebibytes);
  }
  let link: RedisProxy | undefined;
  const pair = await startRedisPair({
    async link(port) {
      link = await createRedisProxy(port, random);
      return link.port;
    },
    config: { appendfsync: spec.appendfsync },
    ...(disk && { directory: disk.directory, enter: disk.enter }),
  });
  const proxy = await createRedisProxy(pair.primary.port, random);
  const url = `redis://127.0.0.1:${proxy.port}`;
  const topics = { bootstrap: '', events, deadLetter, directory };
  const service =
    spec.service === 'usual'
      ? await createUsualProcess({
          script: new URL('usual-redis-service.ts', import.meta.url),
          env: { REDIS_URL: url, STREAM: events },
          directory,
        })
      : await createReceiver(topics, {
          store: {
            REDIS_URL: url,
            REDIS_STREAM: events,
            REDIS_STREAM_COUNT: String(streamCount),
            REDIS_REPLICAS: String(spec.replicas),
          },
        });
  const seen: Observations = { log: createTrafficLog(), reported: [], notes: [], flooded: [], unanswered: 0 };
  let holder = pair.primary;
  const context = {
    ...{ ...pair, proxy, link: link as RedisProxy, disk, service, random },
    promoted(server: typeof holder) {
      holder = server;
    },
  };

  async function trouble(): Promise<void> {
    await Promise.all(
      spec.faults.map(async (fault) => {
        await delay(random() * 1_500);
        await fault.run(context, spec.faultMs);
      }),
    );
    proxy.pass();
  }

  async function readStores() {
    const probe = await holder.connect();
    // The usual way has one stream.
    const names = spec.service === 'usual' ? [events] : [0, 1, 2].map((index) => `${events}.${index}`);
    const stored = await Promise.all(names.map((name, index) => readStoredRecords(probe, name, index)));
    const deadLetters = await readStoredRecords(probe, deadLetter);
    probe.close();
    return { stored: stored.flat(), deadLetters };
  }

  try {
    await service.process.start();
    const { requestsPerSecond } = spec;
    const recovery = await runFaultTraffic({ service, log: seen.log, random, requestsPerSecond, trouble });
    if (proxy.lostAnswers > 0) {
      seen.notes.push(`${proxy.lostAnswers} connections lost their answers`);
    }
    return await concludeRound({
      ...{ ...seen, service, ...recovery, readStores },
      partitionCount: spec.service === 'usual' ? undefined : streamCount,
    });
  } finally {
    await service.process.kill9();
    if (spec.logFile !== undefined) {
      await writeFile(spec.logFile, await service.process.logText());
    }
    await proxy.close();
    await pair.stop();
    await link?.close();
    disk?.close();
    await rm(directory, { recursive: true, force: true });
  }
}
