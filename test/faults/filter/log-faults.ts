import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '../../support/kafka/broker-process.ts';
import { createTopic, deleteTopic } from '../../support/kafka/topics.ts';
import { type FilterFaultContext, makeZombie } from './filter-faults.ts';
import { someRecords, whenLedBy, whenRead } from './filter-group.ts';

/** Two replicas, and one without the records of the other may lead. */
export const uncleanEvents = {
  replicas: [1, 2],
  configs: { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' },
} as const;

async function makeEventsAgain({ cluster, topic, partitions, say }: FilterFaultContext): Promise<void> {
  say('make the events topic again');
  await deleteTopic(cluster.internalBootstrap, topic);
  await createTopic(cluster.internalBootstrap, topic, { partitions, replicationFactor: 3 });
}

/** Twice, the second time while one filter is paused and does not see it. */
export async function runMadeAgain(context: FilterFaultContext, durationMs: number): Promise<void> {
  const end = performance.now() + durationMs;
  await Promise.all([delay(durationMs / 4), whenRead(context, someRecords)]);
  await makeEventsAgain(context);
  await Promise.all([delay(durationMs / 4), whenRead(context, someRecords)]);
  const paused = makeZombie(context);
  await delay(500);
  await makeEventsAgain(context);
  await paused;
  await delay(Math.max(0, end - performance.now()));
}

/** The leader of everything is alone for a while, and gone when the other replica comes back. */
export async function runUncleanElection(context: FilterFaultContext, durationMs: number): Promise<void> {
  const { cluster, say } = context;
  const [leader, follower] = cluster.brokers as readonly [Broker, Broker, Broker];
  const end = performance.now() + durationMs;
  await Promise.all([delay(durationMs / 4), whenRead(context, someRecords)]);
  say('kill -9 the followers; what is written now, the leader alone has');
  await follower.kill9();
  // Not before the leader may acknowledge alone.
  await whenRead(context, someRecords);
  say('kill -9 the leader, start the follower');
  await leader.kill9();
  follower.start();
  await cluster.whenReady();
  await whenLedBy(context, follower.nodeId);
  await delay(1_000);
  leader.start();
  await cluster.whenReady();
  await delay(Math.max(0, end - performance.now()));
}

/** Log resets that the filters have told. */
export async function countToldResets(logDir: string): Promise<number> {
  const names = await readdir(logDir);
  const logs = await Promise.all(names.map((name) => readFile(join(logDir, name), 'utf8')));
  return logs.join('').match(/"reason":"[a-z_]+","(committedOffset|startOffset)"/g)?.length ?? 0;
}
