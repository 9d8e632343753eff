import type { SinkRecord } from '../../ports/sink.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { type Share, shareOf, toShareName } from './share.ts';

const retryDelayMs = { first: 100, last: 2_000 };

/** A share whose records are in the spool, and go behind those that are there. */
export class Waiting {
  readonly name: string;
  /** `undefined`: all records that no other share has. */
  readonly share: Share | undefined;
  /** Before it nothing of this share is left. */
  position: JournalPosition;
  /** Why the store does not take it; `undefined` while it is being drained. */
  problem: string | undefined;
  /** In the time of `Clock.now`: before that the store is not asked again. */
  notBefore = 0;
  /** Appends on their way to disk. */
  toDisk = 0;
  /** Offsets of lines behind the position, in its segment, that the store has: an attempt stored others of its chunk. */
  readonly done = new Set<number>();
  readonly #partOf: Waiting | undefined;
  readonly #backoff = new Backoff(retryDelayMs);

  constructor(share: Share | undefined, position: JournalPosition, partOf?: Waiting) {
    this.#partOf = partOf;
    this.name = share === undefined ? 'all records' : toShareName(share);
    this.share = share;
    this.position = position;
  }

  /** Nothing of it is on its way to disk, nor was when it still waited with others. */
  get isOnDisk(): boolean {
    return this.toDisk === 0 && this.#partOf?.isOnDisk !== false;
  }

  refused(problem: string, now: number): void {
    this.problem = problem;
    this.notBefore = now + this.#backoff.next();
  }

  taken(): void {
    this.problem = undefined;
    this.notBefore = 0;
    this.#backoff.reset();
  }

  moveTo(position: JournalPosition): void {
    if (comparePositions(position, this.position) > 0) {
      this.position = position;
      this.done.clear();
    }
  }
}

/** @returns below 0 when the first one comes first */
export function comparePositions(one: JournalPosition, other: JournalPosition): number {
  return one.segment === other.segment ? one.offset - other.offset : one.segment < other.segment ? -1 : 1;
}

/** @returns `undefined` of none */
export function findFirst(entries: Iterable<Pick<Waiting, 'position'>>): JournalPosition | undefined {
  let first: JournalPosition | undefined;
  for (const { position } of entries) {
    first = first === undefined || comparePositions(position, first) < 0 ? position : first;
  }
  return first;
}

/** Who waits with a line of the spool; `undefined` when the store has it. */
export function findWaiting(
  backlog: Pick<Backlog, 'find'>,
  record: SinkRecord | undefined,
  at: JournalPosition,
): Waiting | undefined {
  const waiting = backlog.find(record);
  if (waiting === undefined || comparePositions(at, waiting.position) < 0) {
    return undefined;
  }
  const isDone = at.segment === waiting.position.segment && waiting.done.has(at.offset);
  return isDone ? undefined : waiting;
}

/**
 * What a spool holds, by share, each with a position of its own: so the store may take one and not another. There are at
 * most as many as the store has destinations, whatever the number of keys.
 */
export class Backlog {
  readonly #byName = new Map<string, Waiting>();
  /** Over how many destinations the keys of each topic were spread, the most first: that is the share that counts. */
  readonly #counts = new Map<string, readonly number[]>();
  /** After a start: nobody has read what it is. */
  #rest: Waiting | undefined;

  get isEmpty(): boolean {
    return this.#byName.size === 0 && this.#rest === undefined;
  }

  get rest(): Waiting | undefined {
    return this.#rest;
  }

  [Symbol.iterator](): Iterator<Waiting> {
    return [...this.#byName.values(), ...(this.#rest === undefined ? [] : [this.#rest])][Symbol.iterator]();
  }

  /** @param record `undefined`: a line that is none. It belongs to whoever is first. */
  find(record: Pick<SinkRecord, 'topic' | 'key'> | undefined): Waiting | undefined {
    if (record === undefined) {
      return this.#rest ?? this.#byName.values().next().value;
    }
    for (const count of this.#counts.get(record.topic) ?? []) {
      const waiting = this.#byName.get(toShareName(shareOf(record, count)));
      if (waiting !== undefined) {
        return waiting;
      }
    }
    return this.#rest;
  }

  /** Some records of a share may wait. */
  holds({ topic, partition, of }: Share): boolean {
    const isOther = (count: number) => count !== of;
    return (
      this.#rest !== undefined ||
      this.#byName.has(toShareName({ topic, partition, of })) ||
      (this.#counts.get(topic) ?? []).some(isOther)
    );
  }

  /**
   * @param share `undefined`: all that is in no other one
   * @param partOf with which it waited until now
   */
  add(share: Share | undefined, position: JournalPosition, partOf?: Waiting): Waiting {
    if (share === undefined) {
      this.#rest = new Waiting(undefined, position);
      return this.#rest;
    }
    // Keys that were spread over another number of destinations may be in both: what is there of them is not left out.
    const others = [...this.#byName.values()].filter(
      (other) => other.share?.topic === share.topic && other.share.of !== share.of,
    );
    const added = new Waiting(share, findFirst([...others, { position }]) ?? position, partOf);
    this.#byName.set(added.name, added);
    this.#countShares(share.topic);
    return added;
  }

  remove(waiting: Waiting): void {
    if (waiting.share === undefined) {
      this.#rest = undefined;
    } else {
      this.#byName.delete(waiting.name);
      this.#countShares(waiting.share.topic);
    }
  }

  #countShares(topic: string): void {
    const counts = [...this.#byName.values()].flatMap(({ share }) =>
      share?.topic === topic ? [share.of] : [],
    );
    if (counts.length === 0) {
      this.#counts.delete(topic);
    } else {
      this.#counts.set(
        topic,
        [...new Set(counts)].toSorted((one, other) => other - one),
      );
    }
  }
}
