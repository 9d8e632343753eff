import { readEvent } from '../../../filter/read-event.ts';
import { findStateRevision } from '../../../filter/restore-table.ts';
import type { EraseRequest, FoundState } from '../../../ports/state-eraser.ts';
import type { KafkaClient } from '../cluster/client/kafka-client.ts';
import type { FetchedRecords } from '../cluster/client/partition-reader.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { type OffsetRange, readPresentRecords } from './read-topic.ts';
import type { Tombstone } from './write-tombstones.ts';

type FetchedRecord = FetchedRecords['records'][number];

interface ErasableState {
  readonly tombstone: Tombstone;
  /** State to erase. Absent if the key already has a tombstone, but the tombstone lacks the highest revision. */
  readonly state: FoundState | undefined;
}

/** Finds the latest states of the requested keys in one partition. */
export class KeyStateReader {
  readonly client: KafkaClient;
  readonly source: TopicPartition;
  readonly #wanted: ReadonlyMap<string, string>;
  /** Highest revision found for each key. */
  readonly #highest = new Map<string, bigint>();

  constructor(client: KafkaClient, source: TopicPartition, wanted: ReadonlyMap<string, string>) {
    this.client = client;
    this.source = source;
    this.#wanted = wanted;
  }

  /** Reads a range and returns the states that need a tombstone. */
  async read(
    { from, to }: OffsetRange,
    observer: EraseRequest['observer'] | undefined,
  ): Promise<ErasableState[]> {
    const erasableStates = new Map<string, ErasableState>();
    let at = from;
    for await (const records of readPresentRecords(this.client.reader, this.source, { from, to })) {
      for (const record of records) {
        checkReadable(record, this.source);
        const { key } = record;
        const text = key === null ? undefined : this.#wanted.get(encodeKeyAsLatin1(key));
        if (key !== null && text !== undefined) {
          this.#take(record, { key, text }, erasableStates);
        }
      }
      const nextOffset = (records.at(-1)?.offset ?? at - 1) + 1;
      observer?.onProgress(nextOffset - at);
      at = nextOffset;
    }
    observer?.onProgress(to - at);
    return [...erasableStates.values()];
  }

  #take(
    record: FetchedRecord,
    { key, text }: { readonly key: Buffer; readonly text: string },
    erasable: Map<string, ErasableState>,
  ): void {
    const stateRevision = findStateRevision(record);
    const previousRevision = this.#highest.get(text);
    const revision =
      stateRevision === undefined || (previousRevision !== undefined && previousRevision > stateRevision)
        ? previousRevision
        : stateRevision;
    if (revision !== undefined) {
      this.#highest.set(text, revision);
    }
    if (record.value === null && stateRevision === revision) {
      erasable.delete(text);
      return;
    }
    const state = record.value === null ? undefined : this.#toState(record, text, revision);
    // Copies the key, because a slice would keep a large buffer in memory.
    erasable.set(text, { tombstone: { key: Buffer.from(key), revision }, state });
  }

  #toState(record: FetchedRecord, key: string, revision: bigint | undefined): FoundState {
    const { topic, partition } = this.source;
    const event = readEvent(record);
    return {
      topic,
      place: `${topic}/${partition}/${record.offset}`,
      key,
      name: event.kind === 'unreadable' ? undefined : event.name,
      revision: revision === undefined ? undefined : String(revision),
      storedAtMs: record.timestampMs,
    };
  }
}

/** Converts each byte of a key to one character, because keys from other producers may not be valid UTF-8. */
export function encodeKeyAsLatin1(key: Buffer): string {
  return key.toString('latin1');
}

/** Throws an error if a batch is unreadable, because it may contain states of the requested keys. */
function checkReadable({ unreadable, offset }: FetchedRecord, { topic, partition }: TopicPartition): void {
  if (unreadable !== undefined) {
    const text = `the states at ${topic}/${partition}/${offset} are unreadable: ${unreadable.message}`;
    throw new Error(text, { cause: unreadable });
  }
}
