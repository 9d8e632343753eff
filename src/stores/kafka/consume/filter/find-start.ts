import {
  decideStart,
  type LogMark,
  type LogState,
  type StartDecision,
} from '../../../../filter/decide-start.ts';
import { offsetTimes } from '../../cluster/client/list-offsets.ts';
import type { PartitionReader } from '../../cluster/client/partition-reader.ts';
import { readFirst } from '../../cluster/client/read-range.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { CommittedOffset } from './committed-offset.ts';

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
