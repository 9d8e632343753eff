import * as v from 'valibot';
import {
  decideStart,
  type LogMark,
  type LogState,
  type StartDecision,
} from '../../../../filter/decide-start.ts';
import { fetchGroupOffsets } from '../../cluster/client/group-offsets.ts';
import { offsetTimes } from '../../cluster/client/list-offsets.ts';
import type { PartitionCalls } from '../../cluster/client/partition-calls.ts';
import type { PartitionReader } from '../../cluster/client/partition-reader.ts';
import { readFirst } from '../../cluster/client/read-range.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly mark?: LogMark;
}

const number = v.pipe(v.number(), v.safeInteger());
const schema = v.object({
  events: v.object({ topicId: v.exactOptional(v.string()), epoch: number }),
  latest: v.object({ topicId: v.exactOptional(v.string()), end: number }),
});

/** Where the group stands in a partition; `undefined` when it has no offset there. */
export async function readCommittedOffset(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<CommittedOffset | undefined> {
  const found = (await fetchGroupOffsets(calls, groupId, topic, [partition])).get(partition);
  const mark = found && parseLogMark(found.metadata);
  return found && { offset: found.offset, ...(mark && { mark }) };
}

/**
 * How far the filter knew the latest-state topic: its second place is the group's offset there, which nobody has a reason to
 * set. Kafka deletes it with the topic, so it is no place for the only mark. `undefined` when there is none, or somebody else
 * has set it: such an offset has no metadata.
 */
export async function readLatestMark(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<LogMark['latest'] | undefined> {
  const found = (await fetchGroupOffsets(calls, groupId, topic, [partition])).get(partition);
  return found && parseLogMark(found.metadata)?.latest;
}

/** The mark as metadata of a committed offset, where Kafka's own tools show it; about 140 characters. */
export function formatLogMark(mark: LogMark): string {
  return JSON.stringify(mark);
}

/** `undefined` for what other consumers and earlier versions of this one have left there. */
function parseLogMark(metadata: string): LogMark | undefined {
  try {
    return v.parse(schema, JSON.parse(metadata));
  } catch {
    return undefined;
  }
}

/** For a look at the next record. */
export const lookBytes = 16 * 1024;

export interface FindStartDeps {
  readonly routes: KafkaRoutes;
  readonly reader: PartitionReader;
  readonly input: TopicPartition;
  readonly latest: TopicPartition;
  readonly committed: CommittedOffset | undefined;
  /** How far the latest-state topic was known to reach. */
  readonly knownLatest: LogMark['latest'] | undefined;
  /** The id of the events topic when this process read it last. */
  readonly lastTopicId: string | undefined;
}

export interface FoundStart extends StartDecision {
  readonly topicId: string | undefined;
  /** The epoch of the record before the start; −1 when it is not known. */
  readonly epoch: number;
  /** The log from which the states are restored. */
  readonly latestMark: LogMark['latest'];
}

/** Compares the group's position with both logs as they are now. */
export async function findStart(deps: FindStartDeps): Promise<FoundStart> {
  const found = await compareLogs(deps);
  if (found.resets.length === 0) {
    return found;
  }
  // What is known of the topics may be older than the logs, and a topic that was created again look like one that has lost
  // records. Or the broker that was asked still reports the topic that was there before: another one is asked.
  deps.routes.forget();
  return compareLogs(deps);
}

async function compareLogs(deps: FindStartDeps): Promise<FoundStart> {
  const { routes, reader, input, latest, committed, knownLatest, lastTopicId } = deps;
  const mark = committed?.mark;

  async function readState(log: TopicPartition): Promise<LogState> {
    const { topicId } = await routes.viewOf(log);
    const earliest = await reader.offsetAt(log, offsetTimes.earliest);
    return { ...(topicId !== undefined && { topicId }), earliest, end: await reader.endOf(log) };
  }

  const epochEnd = mark && (await reader.epochEnd(input, mark.events.epoch));
  const events = { ...(await readState(input)), ...(epochEnd !== undefined && { epochEnd }) };
  const states = await readState(latest);
  const hasStates = committed === undefined && (await hasRecords(reader, latest, states.earliest));
  const decision = decideStart({
    ...(committed && { committed }),
    ...(knownLatest && { latestMark: knownLatest }),
    ...(lastTopicId !== undefined && { lastTopicId }),
    events,
    latest: { ...states, hasStates },
  });
  return {
    ...decision,
    topicId: events.topicId,
    epoch: decision.resets.length === 0 ? (mark?.events.epoch ?? -1) : -1,
    latestMark: {
      ...(states.topicId !== undefined && { topicId: states.topicId }),
      end: states.end,
    },
  };
}

/** Records of an aborted transaction do not count. */
async function hasRecords(reader: PartitionReader, log: TopicPartition, earliest: number): Promise<boolean> {
  const look = (fromOffset: number) => reader.fetch(log, { fromOffset, maxWaitMs: 0, maxBytes: lookBytes });
  return (await readFirst(look, log, earliest)) !== undefined;
}
