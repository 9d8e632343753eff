import { randomUUID } from 'node:crypto';
import {
  type ChooseRun,
  encodeRun,
  type PartProgress,
  parseRun,
  type RememberedRun,
  type ReplayRun,
  type ReplaySource,
  requireOwner,
} from '../../../ports/event-replay.ts';
import {
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../../../ports/record-reader.ts';
import { UsageError } from '../../../runtime/errors.ts';
import {
  commitGroupOffsets,
  fetchGroupOffsets,
  type GroupOffset,
  outsideMember,
} from '../cluster/client/group-offsets.ts';
import { type KafkaClient, type KafkaClientDeps, openKafkaClient } from '../cluster/client/kafka-client.ts';
import { offsetTimes } from '../cluster/client/list-offsets.ts';
import { readKafkaRecords } from './read-kafka-records.ts';
import { explainFailure, type PartitionEnds, readTopicEnds } from './read-topic.ts';
import { clockSpreadMs, splitNumbered, TopicPositions } from './topic-positions.ts';

export interface KafkaEventReplayOptions extends KafkaClientDeps, Pick<ReadOptions, 'signal' | 'observer'> {
  readonly selection: RecordSelection;
  readonly groupId: string;
  /** Remembers nothing. */
  readonly dryRun: boolean;
  readonly choose: ChooseRun;
}

/** Where a partition is read from, and to before which offset. */
interface Range {
  from: number;
  readonly to: number;
}

/**
 * The events of topics, of which a consumer group without members keeps how far a run is: the offset of each partition, and
 * with it, as metadata, the run and its end.
 */
export function openKafkaEventReplay(options: KafkaEventReplayOptions): ReplaySource {
  const { connection, logger, selection, groupId, dryRun, choose, signal, observer } = options;
  const names = listTopicNames(selection);
  const client = openKafkaClient({ connection, logger }, names);
  const ranges = new Map<string, Range>();
  const changed = new Set<string>();
  const owner = randomUUID();
  let current: ReplayRun | undefined;

  /** Errors of the cluster become sentences for the operator. */
  async function explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await explainFailure(error, { connection, logger, topics: names, role: 'events', groupId });
    }
  }

  async function findRanges({ sinceMs, untilMs }: ReplayRun): Promise<void> {
    const wanted = { ...selection, sinceMs, untilMs, follow: false, observer };
    for (const topic of names) {
      for (const { partition, offset, end } of (await TopicPositions.open(client, topic, wanted)).open) {
        ranges.set(`${topic}/${partition}`, { from: offset, to: end });
      }
    }
  }

  function takeUp({ parts }: RememberedRun, ends: ReadonlyMap<string, PartitionEnds>): void {
    for (const [part, { after, to }] of parts) {
      const range = { from: Number(after) + 1, to: Number(to) };
      const high = ends.get(part)?.high ?? 0;
      if (high < range.to) {
        throw new UsageError(
          `${part} ends at ${high}, before ${range.to}, where the replay that was stopped was to end: the topic was made again or cut back. Begin anew with --restart`,
        );
      }
      ranges.set(part, range);
      observer.begins(`${part} from offset ${range.from} to ${range.to}`, Math.max(0, range.to - range.from));
    }
  }

  async function commit(parts: Iterable<string>, toOffset: (part: string) => GroupOffset): Promise<void> {
    const byTopic = Map.groupBy(parts, (part) => splitNumbered(part)[0]);
    for (const [topic, ofTopic] of byTopic) {
      const offsets = ofTopic.map((part) => [splitNumbered(part)[1], toOffset(part)] as const);
      await commitGroupOffsets(client.calls, groupId, outsideMember, topic, new Map(offsets));
    }
  }

  async function commitOwn(parts: readonly string[], toOffset: (part: string) => GroupOffset): Promise<void> {
    const [part] = parts;
    if (part !== undefined) {
      const [topic, partition] = splitNumbered(part);
      const kept = await fetchGroupOffsets(client.calls, groupId, topic, [partition]);
      requireOwner(kept.get(partition)?.metadata ?? '', owner);
      await commit(parts, toOffset);
    }
  }

  function toRemembered(part: string): GroupOffset {
    const { from, to } = ranges.get(part) as Range;
    const progress: PartProgress = { after: String(from - 1), to: String(to) };
    const run = current as ReplayRun;
    const metadata = encodeRun({ owner, run, partCount: ranges.size, parts: new Map([[part, progress]]) });
    return { offset: from, metadata };
  }

  /**
   * The offsets of a partition that this run puts back whatever the clocks of producers say, as far as they still exist. The
   * first one that exists is asked for each time: retention may have removed some before they were read.
   */
  async function findReplayed(part: string, { to }: Range): Promise<Range> {
    const { sinceMs, untilMs } = current as ReplayRun;
    const [topic, partition] = splitNumbered(part);
    const offsetAt = (timeMs: number) => client.reader.offsetAt({ topic, partition }, timeMs);
    const low = await offsetAt(offsetTimes.earliest);
    const first = sinceMs > 0 ? await offsetAt(sinceMs + clockSpreadMs) : low;
    const last = untilMs === undefined ? -1 : await offsetAt(Math.max(0, untilMs - clockSpreadMs));
    return { from: first < 0 ? to : Math.max(low, first), to: last < 0 ? to : Math.min(to, last) };
  }

  return {
    name: names.join(', '),
    findRepeated: (copies) =>
      explained(async () => {
        const repeated = new Set<PlacedRecord>();
        for (const [part, ofPart] of Map.groupBy(copies, ({ origin }) => splitNumbered(origin)[0])) {
          const range = ranges.get(part);
          const { from, to } = range === undefined ? { from: 0, to: 0 } : await findReplayed(part, range);
          for (const { record, origin } of ofPart) {
            const [, offset] = splitNumbered(origin);
            if (offset >= from && offset < to) {
              repeated.add(record);
            }
          }
        }
        return repeated;
      }),
    begin: () =>
      explained(async () => {
        const { remembered, ends } = await readRemembered(client, names, groupId);
        current = choose(remembered?.run);
        if (remembered !== undefined && current === remembered.run) {
          takeUp(remembered, ends);
        } else {
          await findRanges(current);
        }
        if (!dryRun) {
          await commit(ranges.keys(), toRemembered);
        }
        return current;
      }),
    records: ({ sinceMs, untilMs }) =>
      readKafkaRecords(
        { connection, logger },
        { ...selection, sinceMs, untilMs },
        { follow: false, signal, observer, ranges },
      ),
    async note(done: readonly PlacedRecord[]) {
      for (const { place } of done) {
        const [part, offset] = splitNumbered(place);
        (ranges.get(part) as Range).from = offset + 1;
        changed.add(part);
      }
    },
    async remember() {
      const parts = [...changed];
      changed.clear();
      await explained(() => commitOwn(parts, toRemembered));
    },
    finish: () =>
      explained(() =>
        commitOwn([...ranges.keys()], (part) => ({ offset: (ranges.get(part) as Range).to, metadata: '' })),
      ),
    close: async () => client.close(),
  };
}

/**
 * The run that was stopped. One whose partitions are not all remembered had not begun to put anything back, or was about to
 * be forgotten.
 */
async function readRemembered(client: KafkaClient, names: readonly string[], groupId: string) {
  const ends = new Map<string, PartitionEnds>();
  const found: RememberedRun[] = [];
  for (const topic of names) {
    const ofTopic = await readTopicEnds(client, topic);
    const partitions = ofTopic.map(({ partition }) => partition);
    for (const each of ofTopic) {
      ends.set(`${topic}/${each.partition}`, each);
    }
    for (const { metadata } of (await fetchGroupOffsets(client.calls, groupId, topic, partitions)).values()) {
      const parsed = parseRun(metadata);
      found.push(...(parsed === undefined ? [] : [parsed]));
    }
  }
  const [latest] = found.toSorted((a, b) => b.run.startedAtMs - a.run.startedAtMs);
  const ofRun = found.filter(({ run }) => run.startedAtMs === latest?.run.startedAtMs);
  const parts = new Map(ofRun.flatMap((each) => [...each.parts]));
  const isWhole = latest !== undefined && parts.size === latest.partCount;
  return { ends, remembered: isWhole ? { ...latest, parts } : undefined };
}
