import type { EraseRequest, FoundState } from '../../../ports/state-eraser.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { formatCount } from '../../../runtime/format.ts';
import { type KafkaClient, type KafkaClientDeps, openKafkaClient } from '../cluster/client/kafka-client.ts';
import { describeOpenTransaction } from '../cluster/client/open-transaction.ts';
import { readTopicConfigs } from '../cluster/cluster-reader.ts';
import { KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../cluster/errors/kafka-errors.ts';
import { describeAbsentTopic, listKafkaTopics } from '../cluster/topics/describe-topics.ts';
import {
  findEventRetentionMs,
  findTombstoneRetentionMs,
  formatSettingMs,
  toTopicSettings,
  unlimitedRetentionMs,
} from '../cluster/topics/topic-settings.ts';
import { encodeKeyAsLatin1, KeyStateReader } from './key-state-reader.ts';
import { explainFailure, type OffsetRange, type PartitionEnds, readTopicEnds } from './read-topic.ts';
import { waitUntilTombstonesReadable, writeTombstones } from './write-tombstones.ts';

/**
 * Writes a tombstone for each latest state of the given keys, into the partition that contains the state. All
 * partitions are read, because after partitions are added, an older state may be in a different partition from the
 * one to which its key now maps.
 *
 * A running filter is not disturbed, because records from outside its transactions change neither its table nor its
 * position. The tombstone contains the highest revision of the entity, from which a later filter restores its table.
 * If the filter commits a new state between the read and the tombstone, the next round reads and erases that state
 * too.
 */
export async function* eraseKafkaStates(
  deps: KafkaClientDeps,
  request: EraseRequest,
): AsyncGenerator<FoundState> {
  const { connection, logger } = deps;
  const { topics, observer } = request;
  const names = [...new Set(topics.map(({ latest }) => latest))];
  const missingTopics: string[] = [];
  for (const topic of names) {
    const client = openKafkaClient(deps, [topic]);
    try {
      const partitionEnds = await findPartitionEnds(client, topic);
      if (partitionEnds === undefined) {
        missingTopics.push(topic);
        continue;
      }
      let count = 0;
      for await (const state of eraseInTopic(client, topic, partitionEnds, request)) {
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
  if (missingTopics.length === names.length) {
    const { brokers } = connection;
    const existingTopics = await listKafkaTopics(deps);
    const absentTopicTexts = missingTopics.map((topic) =>
      describeAbsentTopic(topic, 'latest', { brokers, known: existingTopics }),
    );
    throw new Error(
      `There are no latest states, because no revision filter has run: ${absentTopicTexts.join('; ')}`,
    );
  }
  for (const topic of missingTopics) {
    observer.onWarning(`The topic ${topic} does not exist: no revision filter has written to it.`);
  }
  const events = [...new Set(topics.map(({ events: name }) => name))].join(', ');
  observer.onWarning(`The events of these keys stay in ${events} until retention removes them.`);
}

/** Returns the ends of the partitions, or `undefined` if the topic does not exist. */
async function findPartitionEnds(
  client: KafkaClient,
  topic: string,
): Promise<readonly PartitionEnds[] | undefined> {
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
  const wantedKeys = new Map([...request.keys].map((key) => [encodeKeyAsLatin1(Buffer.from(key)), key]));
  for (const { partition, low, high } of ends) {
    request.observer.onStart(`${topic}/${partition}`, high - low);
  }
  for (const { partition, low, high, hidden } of ends) {
    request.signal.throwIfAborted();
    const source = { topic, partition };
    const range = { from: low, to: high, hidden };
    yield* eraseInPartition(new KeyStateReader(client, source, wantedKeys), range, request);
  }
}

/** Maximum rounds of reading and erasing. An entity that receives a new event in every round is still active. */
const maxEraseRounds = 5;

async function* eraseInPartition(
  states: KeyStateReader,
  { hidden, ...all }: OffsetRange & Pick<PartitionEnds, 'hidden'>,
  { dryRun, signal, observer }: EraseRequest,
): AsyncGenerator<FoundState> {
  const { client, source } = states;
  let range: OffsetRange = all;
  for (let roundNumber = 1; ; roundNumber += 1) {
    const foundStates = await states.read(range, roundNumber === 1 ? observer : undefined);
    const erasedStates = foundStates.flatMap(({ state }) => (state === undefined ? [] : [state]));
    if (foundStates.length === 0 && roundNumber === 1 && hidden !== undefined && !dryRun) {
      range = { from: range.to, to: await waitUntilTombstonesReadable(client, source, hidden.to, signal) };
      continue;
    }
    if (dryRun || foundStates.length === 0) {
      if (hidden !== undefined && dryRun) {
        observer.onWarning(`Some records were not read. ${describeOpenTransaction(hidden)}`, true);
      }
      yield* erasedStates;
      return;
    }
    if (roundNumber > maxEraseRounds) {
      observer.onWarning(
        `${formatCount(foundStates.length, 'key')} may still have states, because new events arrived during each of the ${maxEraseRounds} attempts to erase them. Run the command again when no more events arrive.`,
        true,
      );
      return;
    }
    const end = await writeTombstones(
      client,
      source,
      foundStates.map(({ tombstone }) => tombstone),
      systemClock.epochMs(),
    );
    yield* erasedStates;
    range = { from: range.to, to: await waitUntilTombstonesReadable(client, source, end, signal) };
  }
}

/** Time in milliseconds for which the provider retries an event. */
const providerRetryMs = 86_400_000;

/**
 * Describes to the operator when Kafka will permanently remove erased states from a topic.
 *
 * @param configs effective settings by their Kafka names, or `undefined` if the client may not read them
 * @param events effective settings of the events topic
 */
export function describeErasure(
  topic: string,
  configs: ReadonlyMap<string, string> | undefined,
  events: ReadonlyMap<string, string> | undefined,
): string {
  const policy = configs?.get('cleanup.policy');
  if (configs === undefined || policy === undefined) {
    return `The settings of the topic ${topic} cannot be read: grant this client DescribeConfigs to see when Kafka removes the erased states.`;
  }
  if (!policy.includes('compact')) {
    return `The topic ${topic} is not compacted: erased states stay in the topic until retention removes them. Set cleanup.policy=compact.`;
  }
  const maxCompactionLagMs = readDurationSetting(configs, 'max.compaction.lag.ms');
  const retentionPeriodMs = findTombstoneRetentionMs(toTopicSettings(configs));
  const requiredRetentionMs = Math.max(
    providerRetryMs,
    events === undefined ? 0 : findEventRetentionMs(toTopicSettings(events)),
  );
  return [
    maxCompactionLagMs === undefined || maxCompactionLagMs > unlimitedRetentionMs
      ? `Kafka removes the erased states from ${topic} at the next compaction, but no setting limits the time until then. Set max.compaction.lag.ms.`
      : `Kafka removes the erased states from ${topic} at the next compaction, which is due within ${formatHours(maxCompactionLagMs)} h.`,
    ...(retentionPeriodMs < requiredRetentionMs
      ? [
          `Kafka also removes the tombstones ${formatHours(retentionPeriodMs)} h later, but events of these keys may arrive or remain ${formatApproximateHours(requiredRetentionMs)}. If a filter reads such an event without the tombstone, the filter restores the state. Set delete.retention.ms to ${formatSettingMs(requiredRetentionMs)} or more.`,
        ]
      : []),
  ].join(' ');
}

function readDurationSetting(
  configs: ReadonlyMap<string, string> | undefined,
  name: string,
): number | undefined {
  const text = configs?.get(name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function formatApproximateHours(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `for ${formatHours(milliseconds)} h` : 'forever';
}

function formatHours(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 360_000) / 10);
}
