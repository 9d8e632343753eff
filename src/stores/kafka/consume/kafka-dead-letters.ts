import { isDeepStrictEqual } from 'node:util';
import {
  type DeadLetter,
  type DeadLetterStore,
  deadLetterHeaders,
  toDeadLetter,
} from '../../../ports/dead-letter.ts';
import { formatCount } from '../../../runtime/format.ts';
import {
  commitGroupOffsets,
  fetchGroupOffsets,
  type GroupOffset,
  outsideMember,
} from '../cluster/client/group-offsets.ts';
import type { KafkaClient } from '../cluster/client/kafka-client.ts';
import { describeHidden } from '../cluster/client/open-transaction.ts';
import type { FetchedRecords } from '../cluster/client/partition-reader.ts';
import { createDoneRanges, type DoneRanges } from './done-ranges.ts';
import {
  askOfTopic,
  type OffsetRange,
  type PartitionEnds,
  readRanges,
  readTopicEnds,
  type TopicQuestion,
} from './read-topic.ts';

export interface KafkaDeadLettersOptions extends TopicQuestion {
  readonly groupId: string;
  /** Remembers nothing. */
  readonly dryRun: boolean;
  /** Only these, also when they were put back before. */
  readonly only?: { readonly partition: number; readonly offset?: number | undefined } | undefined;
  /** What the operator should know of: dead letters that may be put back again. */
  readonly onNotice: (text: string) => void;
}

/** Kafka's `offset.metadata.max.bytes` is 4096 unless the brokers set less. */
const maxMetadataCharacters = 4_000;

interface PartitionState extends OffsetRange {
  readonly done: DoneRanges;
}

type Handle = Parameters<DeadLetterStore['read']>[0];

/**
 * Dead letters in a topic; a consumer group without members keeps which of them were put back. If two runs go on
 * at once, the one that finds another's notes stops.
 */
export async function openKafkaDeadLetters(options: KafkaDeadLettersOptions): Promise<DeadLetterStore> {
  const { topic, groupId, dryRun, only } = options;
  const { ends, committed } = await askOfTopic(options, async (client) => {
    const found = await readTopicEnds(client, topic);
    return { ends: found, committed: await readCommitted(client, options, found) };
  });
  for (const { hidden } of ends) {
    if (hidden !== undefined) {
      options.onNotice(`Not all is read. ${describeHidden(hidden)}`);
    }
  }
  const states = toStates(ends, committed, only);
  const known = new Map(committed);
  // What was put back before is noted already.
  const isNoted =
    dryRun ||
    states.every(({ done, from, to }) => from >= to || (only?.offset !== undefined && done.has(from)));

  /** Two runs that note at the same moment overwrite each other: then dead letters are put back twice, and never passed over. */
  async function note({ calls }: KafkaClient, offsets: ReadonlyMap<number, GroupOffset>): Promise<void> {
    const partitions = [...offsets.keys()];
    const now = await fetchGroupOffsets(calls, groupId, topic, partitions);
    if (partitions.some((partition) => !isDeepStrictEqual(now.get(partition), known.get(partition)))) {
      throw new Error(`another replay has put back dead letters of ${topic} meanwhile: run it again`);
    }
    await commitGroupOffsets(calls, groupId, outsideMember, topic, offsets);
    for (const [partition, offset] of offsets) {
      known.set(partition, offset);
    }
  }

  return {
    name: topic,
    total: states.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0),
    read: (handle) =>
      askOfTopic(options, async (client) => {
        if (isNoted) {
          await readLetters(client, options, states, handle);
          return;
        }
        // Before anything is put back: what cannot be noted would be put back again.
        await note(client, new Map(states.map(({ partition, done }) => [partition, toOffset(done).noted])));
        await readLetters(client, options, states, handle, note);
      }),
    close: async () => {},
  };
}

/** @param note without it nothing is noted */
async function readLetters(
  client: KafkaClient,
  { topic, only, onNotice }: KafkaDeadLettersOptions,
  states: readonly PartitionState[],
  handle: Handle,
  note?: (client: KafkaClient, offsets: ReadonlyMap<number, GroupOffset>) => Promise<void>,
): Promise<void> {
  const doneOf = new Map(states.map(({ partition, done }) => [partition, done]));
  await readRanges(client, topic, states, async (partition, records) => {
    const done = doneOf.get(partition) as DoneRanges;
    const offsets = new Map<DeadLetter, number>();
    const letters = records
      .filter(({ offset }) => only?.offset !== undefined || !done.has(offset))
      .map((record) => {
        const letter = toLetter(record, `${topic}/${partition}/${record.offset}`);
        if (letter !== undefined) {
          offsets.set(letter, record.offset);
        }
        return letter;
      });
    if (letters.length === 0) {
      return;
    }
    const replayed = await handle(letters);
    for (const letter of replayed) {
      done.add(offsets.get(letter) ?? -1);
    }
    if (replayed.size > 0 && note !== undefined) {
      const { noted, leftOut } = toOffset(done);
      await note(client, new Map([[partition, noted]]));
      if (leftOut > 0) {
        onNotice(
          `${formatCount(leftOut, 'dead letter')} of ${topic}/${partition} may be put back again by a later run.`,
        );
      }
    }
  });
}

function toOffset(done: DoneRanges): { readonly noted: GroupOffset; readonly leftOut: number } {
  const { text, leftOut } = done.encode(maxMetadataCharacters);
  return { noted: { offset: done.base, metadata: text }, leftOut };
}

function toLetter(record: FetchedRecords['records'][number], place: string): DeadLetter | undefined {
  const headers = Object.fromEntries(deadLetterHeaders.map((name) => [name, record.header(name)]));
  return toDeadLetter(record.value ?? Buffer.alloc(0), headers, place);
}

function toStates(
  ends: readonly PartitionEnds[],
  committed: ReadonlyMap<number, GroupOffset>,
  only: KafkaDeadLettersOptions['only'],
): PartitionState[] {
  return ends
    .filter(({ partition }) => only === undefined || only.partition === partition)
    .map(({ partition, low, high }) => {
      const { offset, metadata } = committed.get(partition) ?? { offset: 0, metadata: '' };
      const done = createDoneRanges(offset, metadata);
      done.raise(low);
      const from = only?.offset ?? done.base;
      return { partition, from, to: only?.offset === undefined ? high : Math.min(high, from + 1), done };
    });
}

/** A position behind the end of a partition is one in a topic that is no more: nothing of this one was put back. */
async function readCommitted(
  { calls }: KafkaClient,
  { topic, groupId, dryRun, onNotice }: KafkaDeadLettersOptions,
  ends: readonly PartitionEnds[],
): Promise<ReadonlyMap<number, GroupOffset>> {
  const committed = await fetchGroupOffsets(calls, groupId, topic, toPartitions(ends));
  const others = ends.filter(({ partition, high }) => (committed.get(partition)?.offset ?? 0) > high);
  const resets = new Map(others.map(({ partition, low }) => [partition, { offset: low, metadata: '' }]));
  for (const { partition, high } of others) {
    onNotice(
      `${topic}/${partition} ends at ${high}, before what was put back: it was made again or cut back, all of it is read.`,
    );
  }
  if (others.length > 0 && !dryRun) {
    await commitGroupOffsets(calls, groupId, outsideMember, topic, resets);
  }
  return new Map([...committed, ...resets]);
}

function toPartitions(ends: readonly PartitionEnds[]): number[] {
  return ends.map(({ partition }) => partition);
}
