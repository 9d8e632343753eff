import { randomUUID } from 'node:crypto';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { type DeadLetter, type DeadLetterStore, toDeadLetter } from '../../sink/dead-letter.ts';
import { createDoneRanges, type DoneRanges } from './done-ranges.ts';
import { readTopic, readTopicEnds } from './read-topic.ts';
import {
  type CommittedState,
  type ReplayGroup,
  readCommitted,
  requireIdleGroup,
  resetOffsets,
} from './replay-group.ts';

export interface KafkaDeadLettersOptions extends ReplayGroup {
  /** Reads without joining the group, and remembers nothing. */
  readonly dryRun: boolean;
  /** Only these, also when they were put back before. */
  readonly only?: { readonly partition: number; readonly offset?: number | undefined } | undefined;
  /** Rejects when this client may not use a group. */
  readonly verifyGroup: (groupId: string) => Promise<void>;
  /** What the operator should know of: dead letters that may be put back again. */
  readonly onNotice: (text: string) => void;
}

/** Kafka's `offset.metadata.max.bytes` is 4096 unless the brokers set less. */
const maxMetadataCharacters = 4_000;

interface PartitionState {
  readonly from: number;
  readonly to: number;
  readonly done: DoneRanges;
}

/** Dead letters in a topic; a consumer group keeps which of them were put back. */
export async function openKafkaDeadLetters(options: KafkaDeadLettersOptions): Promise<DeadLetterStore> {
  const { kafka, topic, groupId, dryRun, only, verifyGroup, onNotice } = options;
  await verifyGroup(groupId);
  if (!dryRun) {
    await requireIdleGroup(options);
  }
  const states = await readStates(options);
  // What was put back before lies below the offset that the group has committed: it is read outside of the group.
  const isOutside =
    dryRun || (only?.offset !== undefined && states.get(only.partition)?.done.has(only.offset) === true);
  const readingGroupId = isOutside ? `${groupId}-${randomUUID()}` : groupId;
  if (isOutside) {
    await verifyGroup(readingGroupId);
  }
  const ranges = [...states].map(([partition, { from, to }]) => ({ partition, from, to }));

  function isWanted(state: PartitionState, message: KafkaMessage): boolean {
    const offset = Number(message.offset);
    return only?.offset === undefined ? !state.done.has(offset) : offset === only.offset;
  }

  return {
    name: topic,
    total: ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0),
    read: (handle) =>
      readTopic({
        kafka,
        topic,
        groupId: readingGroupId,
        ranges,
        async handle({ partition, messages, commit }) {
          const state = states.get(partition);
          if (state === undefined) {
            return;
          }
          const offsets = new Map<DeadLetter, number>();
          const letters = messages
            .filter((message) => isWanted(state, message))
            .map((message) => {
              const place = `${topic}/${partition}/${message.offset}`;
              const letter = toDeadLetter(message.value ?? Buffer.alloc(0), toText(message.headers), place);
              if (letter !== undefined) {
                offsets.set(letter, Number(message.offset));
              }
              return letter;
            });
          const replayed = await handle(letters);
          for (const letter of replayed) {
            state.done.add(offsets.get(letter) ?? -1);
          }
          if (replayed.size > 0 && !isOutside) {
            const { text, leftOut } = state.done.encode(maxMetadataCharacters);
            await commit(state.done.base, text);
            if (leftOut > 0) {
              onNotice(
                `${leftOut} dead letters of ${topic}/${partition} may be put back again by a later run.`,
              );
            }
          }
        },
      }),
    close: async () => {},
  };
}

async function readStates(options: KafkaDeadLettersOptions): Promise<Map<number, PartitionState>> {
  const { kafka, topic, only } = options;
  const ends = await readTopicEnds(kafka, topic);
  const committed = await readCommitted(options);
  await forgetOtherTopic(options, ends, committed);
  const states = new Map<number, PartitionState>();
  for (const { partition, low, high } of ends) {
    const { offset, metadata } = committed.get(partition) ?? { offset: 0, metadata: '' };
    const done = createDoneRanges(offset, metadata);
    done.raise(low);
    if (only === undefined) {
      states.set(partition, { from: done.base, to: high, done });
    } else if (only.partition === partition) {
      const from = only.offset ?? done.base;
      states.set(partition, { from, to: only.offset === undefined ? high : Math.min(high, from + 1), done });
    }
  }
  return states;
}

/** A position behind the end of a partition is one in a topic that is no more: nothing of this one was put back. */
async function forgetOtherTopic(
  { kafka, topic, groupId, dryRun, onNotice }: KafkaDeadLettersOptions,
  ends: Awaited<ReturnType<typeof readTopicEnds>>,
  committed: Map<number, CommittedState>,
): Promise<void> {
  const others = ends.filter(({ partition, high }) => (committed.get(partition)?.offset ?? 0) > high);
  for (const { partition, high } of others) {
    onNotice(
      `${topic}/${partition} ends at ${high}, before what was put back: it was made again or cut back, all of it is read.`,
    );
    committed.delete(partition);
  }
  if (others.length > 0 && !dryRun) {
    const firstOffsets = others.map(({ partition, low }) => ({ partition, offset: low }));
    await resetOffsets({ kafka, topic, groupId }, firstOffsets);
  }
}

function toText(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value;
      return last === undefined ? [] : [[name, last.toString()]];
    }),
  );
}
