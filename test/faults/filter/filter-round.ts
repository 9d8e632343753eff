import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { toEventMessage } from '../../support/filter/event-message.ts';
import { toFilterEnv } from '../../support/filter/filter-env.ts';
import { createFilterTopics } from '../../support/filter/filter-topics.ts';
import { readTopic } from '../../support/kafka/read-topic.ts';
import { withAdmin } from '../../support/kafka/topics.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { FaultyKafka } from '../actions/fault.ts';
import { runFilterFaults, runZombies } from './filter-faults.ts';
import { startFilters } from './filter-group.ts';
import { createFilterProcesses } from './filter-processes.ts';
import { createHistory } from './history.ts';
import { type FilterVerdict, judgeFilter } from './judge-filter.ts';

export interface FilterRound {
  readonly seed: number;
  readonly events: number;
  readonly entities: number;
  readonly durationMs: number;
  readonly trouble: FilterTrouble;
  readonly isFenced: boolean;
  readonly logDir: string;
  readonly say: (text: string) => void;
}

export type FilterTrouble = 'all' | 'zombies';

const partitions = 12;
const repeatShare = 0.2;
const disorder = 6;
const sendBatch = 100;
/** Filters beside other suites may get little of the processor. */
const settleMs = 300_000;

const commands = {
  fenced: [new URL('fenced-filter.ts', import.meta.url).pathname],
  unfenced: [new URL('unfenced-filter.ts', import.meta.url).pathname],
};

const runs = { all: runFilterFaults, zombies: runZombies } as const satisfies Record<FilterTrouble, unknown>;

/** Fresh topics, filters in trouble, events all the while; then what is stored against what must be. */
export async function runFilterRound(kafka: FaultyKafka, round: FilterRound): Promise<FilterVerdict> {
  const { seed, events, entities, durationMs, trouble, isFenced, logDir, say } = round;
  const random = createSeededRandom(seed);
  const bootstrap = kafka.cluster.internalBootstrap;
  const topics = await createFilterTopics(bootstrap, { partitions, replicationFactor: 3 });
  const env = toFilterEnv(kafka.cluster.bootstrap, topics);
  const command = isFenced ? commands.fenced : commands.unfenced;
  const filters = createFilterProcesses({ command, env, logDir });
  const revisions = Math.ceil(events / entities);
  const history = createHistory({ entities, revisions, repeatShare, disorder, random });
  const groupId = env.FILTER_GROUP_ID ?? '';
  const context = { ...kafka, filters, random, say, topic: topics.events, groupId };
  try {
    if (trouble !== 'all') {
      // Nothing happens before there is somebody whom it could happen to, also on a busy machine.
      await startFilters(context, 2);
    }
    await Promise.all([
      produce(bootstrap, topics.events, history, durationMs),
      runs[trouble](context, durationMs),
    ]);
    await whenCaughtUp(bootstrap, groupId, topics.events);
    // A zombie may still wake up with something to say.
    await delay(2_000);
    const read = (topic: string) =>
      readTopic({ bootstrap, topic, readCommitted: true, headers: false, timeoutMs: 120_000 });
    const toldResets = await countToldResets(logDir);
    const verdict = judgeFilter(
      ...(await Promise.all([read(topics.events), read(topics.latest), read(topics.deadLetter)])),
    );
    return toldResets === 0
      ? verdict
      : { ...verdict, violations: [...verdict.violations, `${toldResets} logs were said to start again`] };
  } finally {
    await filters.stopAll();
    await withAdmin(bootstrap, (admin) =>
      admin.deleteTopics({ topics: Object.values(topics) as string[] }),
    ).catch(() => undefined);
  }
}

/** Spread over the time of the faults. A send that is repeated stores its events twice: what is stored counts. */
async function produce(
  bootstrap: string,
  topic: string,
  history: readonly { readonly entity: string; readonly revision: number }[],
  durationMs: number,
): Promise<void> {
  const kafka = new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    clientId: randomUUID(),
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 20 } });
  await producer.connect();
  const start = performance.now();
  for (let at = 0; at < history.length; at += sendBatch) {
    const messages = history
      .slice(at, at + sendBatch)
      .map(({ entity, revision }) => toEventMessage({ entity, revision: BigInt(revision) }, partitions));
    await producer.send({ topic, messages, acks: -1 });
    await delay(Math.max(0, start + (at / history.length) * durationMs - performance.now()));
  }
  await producer.disconnect();
}

/** Log resets that the filters have told. */
async function countToldResets(logDir: string): Promise<number> {
  const names = await readdir(logDir);
  const logs = await Promise.all(names.map((name) => readFile(join(logDir, name), 'utf8')));
  return logs.join('').match(/"reason":"[a-z_]+","(committedOffset|startOffset)"/g)?.length ?? 0;
}

async function whenCaughtUp(bootstrap: string, groupId: string, topic: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    await waitUntil(
      async () => {
        const ends = await admin.fetchTopicOffsets(topic);
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        return ends.every(({ partition, high }) =>
          committed?.partitions.some((each) => each.partition === partition && each.offset === high),
        );
      },
      { timeoutMs: settleMs, what: 'the group has committed everything', pollMs: 500 },
    );
  });
}
