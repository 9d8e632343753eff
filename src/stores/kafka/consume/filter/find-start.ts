import * as v from 'valibot';
import {
  decideStart,
  type LogCheckpoint,
  type LogState,
  type StartDecision,
} from '../../../../filter/decide-start.ts';
import { fetchGroupOffsets } from '../../cluster/client/group-offsets.ts';
import { offsetTimes } from '../../cluster/client/list-offsets.ts';
import type { PartitionCalls } from '../../cluster/client/partition-calls.ts';
import type { PartitionReader } from '../../cluster/client/partition-reader.ts';
import { readFirstRecord } from '../../cluster/client/read-range.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly mark?: LogCheckpoint;
}

const safeIntegerSchema = v.pipe(v.number(), v.safeInteger());
const logCheckpointSchema = v.object({
  events: v.object({ topicId: v.exactOptional(v.string()), epoch: safeIntegerSchema }),
  latest: v.object({ topicId: v.exactOptional(v.string()), end: safeIntegerSchema }),
});

/** Reads the committed offset of the group in a partition. Returns `undefined` if no offset is committed. */
export async function readCommittedOffset(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<CommittedOffset | undefined> {
  const committedOffset = (await fetchGroupOffsets(calls, groupId, topic, [partition])).get(partition);
  const logCheckpoint = committedOffset && parseLogCheckpoint(committedOffset.metadata);
  return committedOffset && { offset: committedOffset.offset, ...(logCheckpoint && { mark: logCheckpoint }) };
}

/**
 * Reads the second copy of the mark, which contains the last known end of the latest-state topic. This copy is the
 * metadata of an offset that the group commits in that topic. Nobody has a reason to change this offset. However, Kafka
 * deletes the offset together with the topic, so another copy is needed.
 *
 * Returns `undefined` if there is no offset, or if another program set the offset, because such an offset has no
 * metadata.
 */
export async function readLatestCheckpoint(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<LogCheckpoint['latest'] | undefined> {
  const committedOffset = (await fetchGroupOffsets(calls, groupId, topic, [partition])).get(partition);
  return committedOffset && parseLogCheckpoint(committedOffset.metadata)?.latest;
}

/**
 * Formats the mark as metadata of a committed offset, which Kafka command-line tools display. The text has about 140
 * characters.
 */
export function formatLogCheckpoint(mark: LogCheckpoint): string {
  return JSON.stringify(mark);
}

/** Parses a mark. Returns `undefined` for metadata that another consumer wrote. */
function parseLogCheckpoint(metadata: string): LogCheckpoint | undefined {
  try {
    return v.parse(logCheckpointSchema, JSON.parse(metadata));
  } catch {
    return undefined;
  }
}

/** Maximum bytes of a fetch that only reads the next record. */
export const maxPeekBytes = 16 * 1024;

export interface FindStartDeps {
  readonly routes: KafkaRoutes;
  readonly reader: PartitionReader;
  readonly input: TopicPartition;
  readonly latest: TopicPartition;
  readonly committed: CommittedOffset | undefined;
  /** The last known end of the latest-state topic. */
  readonly knownLatest: LogCheckpoint['latest'] | undefined;
  /** Topic ID of the events topic at the last read by this process. */
  readonly lastTopicId: string | undefined;
}

export interface StartPosition extends StartDecision {
  readonly topicId: string | undefined;
  /** Leader epoch of the record before the start offset, or −1 if it is unknown. */
  readonly epoch: number;
  /** The latest-state log from which the states are restored. */
  readonly latestMark: LogCheckpoint['latest'];
}

/** Determines the start offset by comparing the committed offset of the group with the current state of both logs. */
export async function findStart(deps: FindStartDeps): Promise<StartPosition> {
  const foundStart = await compareLogCheckpoints(deps);
  if (foundStart.resets.length === 0) {
    return foundStart;
  }
  // The cached description may be older than the logs, so a recreated topic can look like a topic that has lost
  // records. The queried broker may also still report the deleted topic. The comparison is therefore repeated with a
  // description from another broker.
  deps.routes.forget();
  return compareLogCheckpoints(deps);
}

async function compareLogCheckpoints(deps: FindStartDeps): Promise<StartPosition> {
  const { routes, reader, input, latest, committed, knownLatest, lastTopicId } = deps;
  const logCheckpoint = committed?.mark;

  async function readLogState(log: TopicPartition): Promise<LogState> {
    const { topicId } = await routes.viewOf(log);
    const earliestOffset = await reader.offsetAt(log, offsetTimes.earliest);
    return {
      ...(topicId !== undefined && { topicId }),
      earliest: earliestOffset,
      end: await reader.endOf(log),
    };
  }

  const epochEndOffset = logCheckpoint && (await reader.epochEnd(input, logCheckpoint.events.epoch));
  const events = {
    ...(await readLogState(input)),
    ...(epochEndOffset !== undefined && { epochEnd: epochEndOffset }),
  };
  const states = await readLogState(latest);
  const hasLatestStates =
    committed === undefined && (await hasCommittedRecords(reader, latest, states.earliest));
  const decision = decideStart({
    ...(committed && { committed }),
    ...(knownLatest && { latestMark: knownLatest }),
    ...(lastTopicId !== undefined && { lastTopicId }),
    events,
    latest: { ...states, hasStates: hasLatestStates },
  });
  return {
    ...decision,
    topicId: events.topicId,
    epoch: decision.resets.length === 0 ? (logCheckpoint?.events.epoch ?? -1) : -1,
    latestMark: {
      ...(states.topicId !== undefined && { topicId: states.topicId }),
      end: states.end,
    },
  };
}

/** Checks whether the log contains committed records. Records of aborted transactions do not count. */
async function hasCommittedRecords(
  reader: PartitionReader,
  log: TopicPartition,
  earliest: number,
): Promise<boolean> {
  const peekRecords = (fromOffset: number) =>
    reader.fetch(log, { fromOffset, maxWaitMs: 0, maxBytes: maxPeekBytes });
  return (await readFirstRecord(peekRecords, log, earliest)) !== undefined;
}
