import type { EraseRequest, FoundState } from '../../../ports/state-eraser.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { type KafkaClient, type KafkaClientDeps, openKafkaClient } from '../cluster/client/kafka-client.ts';
import { describeHidden } from '../cluster/client/open-transaction.ts';
import { readTopicConfigs } from '../cluster/cluster-reader.ts';
import { KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../cluster/errors/kafka-errors.ts';
import { describeAbsentTopic, listKafkaTopics } from '../cluster/topics/describe-topics.ts';
import {
  findEventRetentionMs,
  findTombstoneRetentionMs,
  neverMs,
  toSettingMs,
  toTopicSettings,
} from '../cluster/topics/topic-settings.ts';
import { explainFailure, type OffsetSpan, type PartitionEnds, readTopicEnds } from './read-topic.ts';
import { StatesOfKeys, toMapKey } from './states-of-keys.ts';
import { whenReadable, writeTombstones } from './write-tombstones.ts';

/**
 * Writes a tombstone for each latest state of these keys, into the partition that has the state: all partitions are read,
 * because a state from before partitions were added lies in another than its key has now.
 *
 * A running filter is not disturbed: what is appended beside its transactions changes neither its table nor its position. The
 * tombstone names the entity's highest revision, which the table of a later filter is restored from. What the filter commits
 * between the reading and the tombstone is read after it, and gets another one.
 */
export async function* eraseKafkaStates(
  deps: KafkaClientDeps,
  request: EraseRequest,
): AsyncGenerator<FoundState> {
  const { connection, logger } = deps;
  const { topics, observer } = request;
  const names = [...new Set(topics.map(({ latest }) => latest))];
  const missing: string[] = [];
  for (const topic of names) {
    const client = openKafkaClient(deps, [topic]);
    try {
      const ends = await findEnds(client, topic);
      if (ends === undefined) {
        missing.push(topic);
        continue;
      }
      let count = 0;
      for await (const state of eraseInTopic(client, topic, ends, request)) {
        count += 1;
        yield state;
      }
      if (count > 0) {
        const configs = await readTopicConfigs(client.cluster, topic);
        const events = topics.find(({ latest }) => latest === topic)?.events ?? '';
        const text = describeErasure(topic, configs, await client.cluster.describeTopic(events));
        observer.onWarning(text);
      }
    } catch (error) {
      throw await explainFailure(error, { connection, logger, topics: [topic], role: 'latest' });
    } finally {
      client.close();
    }
  }
  if (missing.length === names.length) {
    const { brokers } = connection;
    const known = await listKafkaTopics(deps);
    const absent = missing.map((topic) => describeAbsentTopic(topic, 'latest', { brokers, known }));
    throw new Error(`no revision filter has written latest states: ${absent.join('; ')}`);
  }
  for (const topic of missing) {
    observer.onWarning(`There is no topic ${topic}: no revision filter writes it.`);
  }
  const events = [...new Set(topics.map(({ events: name }) => name))].join(', ');
  observer.onWarning(`The events of these keys stay in ${events} until retention removes them.`);
}

/** `undefined`: there is no such topic. */
async function findEnds(client: KafkaClient, topic: string): Promise<readonly PartitionEnds[] | undefined> {
  try {
    return await readTopicEnds(client, topic);
  } catch (error) {
    if (error instanceof KafkaAnswerError && error.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
      return undefined;
    }
    throw error;
  }
}

async function* eraseInTopic(
  client: KafkaClient,
  topic: string,
  ends: readonly PartitionEnds[],
  request: EraseRequest,
): AsyncGenerator<FoundState> {
  const wanted = new Map([...request.keys].map((key) => [toMapKey(Buffer.from(key)), key]));
  for (const { partition, low, high } of ends) {
    request.observer.onStart(`${topic}/${partition}`, high - low);
  }
  for (const { partition, low, high, hidden } of ends) {
    request.signal.throwIfAborted();
    const of = { topic, partition };
    const range = { from: low, to: high, hidden };
    yield* eraseInPartition(new StatesOfKeys(client, of, wanted), range, request);
  }
}

/** An entity that gets an event in each of these rounds is not over yet. */
const maxRounds = 5;

async function* eraseInPartition(
  states: StatesOfKeys,
  { hidden, ...all }: OffsetSpan & Pick<PartitionEnds, 'hidden'>,
  { dryRun, signal, observer }: EraseRequest,
): AsyncGenerator<FoundState> {
  const { client, of } = states;
  let range: OffsetSpan = all;
  for (let round = 1; ; round += 1) {
    const found = await states.read(range, round === 1 ? observer : undefined);
    const shown = found.flatMap(({ state }) => (state === undefined ? [] : [state]));
    if (found.length === 0 && round === 1 && hidden !== undefined && !dryRun) {
      range = { from: range.to, to: await whenReadable(client, of, hidden.to, signal) };
      continue;
    }
    if (dryRun || found.length === 0) {
      if (hidden !== undefined && dryRun) {
        observer.onWarning(`Not all is read. ${describeHidden(hidden)}`, true);
      }
      yield* shown;
      return;
    }
    if (round > maxRounds) {
      observer.onWarning(
        `${found.length} of the keys get events all the time: run it again when their entities are over.`,
        true,
      );
      return;
    }
    const end = await writeTombstones(
      client,
      of,
      found.map(({ tombstone }) => tombstone),
      systemClock.epochMs(),
    );
    yield* shown;
    range = { from: range.to, to: await whenReadable(client, of, end, signal) };
  }
}

/** For so long the provider repeats an event. */
const repeatedMs = 86_400_000;

/**
 * What tombstones do in a topic, in sentences for the operator.
 *
 * @param configs effective settings by Kafka's names; `undefined` when they may not be read
 * @param events those of the events topic
 */
export function describeErasure(
  topic: string,
  configs: ReadonlyMap<string, string> | undefined,
  events: ReadonlyMap<string, string> | undefined,
): string {
  const policy = configs?.get('cleanup.policy');
  if (configs === undefined || policy === undefined) {
    return `${topic}: Its settings cannot be read: give this client the right DescribeConfigs to see when the topic loses what was erased.`;
  }
  if (!policy.includes('compact')) {
    return `${topic} is not compacted: what was erased stays until its retention removes it. Set cleanup.policy=compact.`;
  }
  const lagMs = readMs(configs, 'max.compaction.lag.ms');
  const keptMs = findTombstoneRetentionMs(toTopicSettings(configs));
  const neededMs = Math.max(
    repeatedMs,
    events === undefined ? 0 : findEventRetentionMs(toTopicSettings(events)),
  );
  return [
    lagMs === undefined || lagMs > neverMs
      ? `${topic} loses what was erased when Kafka compacts it, without a limit in time: set max.compaction.lag.ms.`
      : `${topic} loses what was erased when Kafka compacts it, which is due within ${toHours(lagMs)} h.`,
    ...(keptMs < neededMs
      ? [
          `It forgets the erasure ${toHours(keptMs)} h after that, and events may be there for ${describeHours(neededMs)}: a filter that reads or gets them again makes the state anew. Set delete.retention.ms to ${toSettingMs(neededMs)} or more.`,
        ]
      : []),
  ].join(' ');
}

function readMs(configs: ReadonlyMap<string, string> | undefined, name: string): number | undefined {
  const text = configs?.get(name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function describeHours(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `${toHours(milliseconds)} h` : 'ever';
}

function toHours(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 360_000) / 10);
}
