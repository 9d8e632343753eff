import { join } from 'node:path';
import type { ReadBackSampler } from '../../ports/read-back.ts';
import { type DeadLetterSource, SinkError, type SinkRecord } from '../../ports/sink.ts';
import type { Logger } from '../../runtime/logger.ts';
import { defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { createDiskWatch, type DiskWatch, probeDisk } from '../journal/disk-watch.ts';
import { createGroupCommit, type GroupCommit } from '../journal/group-commit.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { sampleLine } from '../journal/sample-line.ts';
import type { SegmentWriter } from '../journal/segment-writer.ts';
import { type Backlog, comparePositions, findFirst, findWaiting, type Waiting } from './backlog.ts';
import { toDrainedNote, writeDrainedNote } from './drained-note.ts';
import type { Spooled } from './find-spooled.ts';
import type { ChunkLimits, SpoolChunk } from './read-chunk.ts';
import type { SetAside } from './set-aside.ts';
import type { Share } from './share.ts';
import { countLineFeeds, toSpoolLines } from './spool-line.ts';
import { SpoolSegments } from './spool-segments.ts';

export interface SpoolOptions {
  readonly directory: string;
  /** All files in the directory together. */
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly sampler?: ReadBackSampler | undefined;
  readonly maxSegmentBytes?: number;
  /** Time between attempts to write to a disk that failed. */
  readonly probeIntervalMs?: number;
}

/** A spool with less than this share of its bound left takes small records only, and is not ready. */
const freeShare = 1 / 32;

export interface OpenedSpool extends Spooled {
  readonly writer: SegmentWriter;
  readonly setAside: SetAside;
}

/**
 * Records on disk, in one log. Lines are appended at its end, and drained from a position of each share. The positions are
 * noted in the directory, and segments of which nothing is left are removed.
 */
export class Spool {
  readonly directory: string;
  readonly maxBytes: number;
  readonly setAside: SetAside;
  readonly backlog: Backlog;
  readonly #logger: Logger;
  readonly #writer: SegmentWriter;
  readonly #sampler: ReadBackSampler | undefined;
  readonly #disk: DiskWatch;
  readonly #commits: GroupCommit;
  readonly #segments: SpoolSegments;
  #oldest: string | undefined;
  /** Writing lines, and beginning and removing segments, happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #noting: Promise<void> = Promise.resolve();

  constructor(
    { directory, maxBytes, logger, sampler, probeIntervalMs = defaultProbeIntervalMs }: SpoolOptions,
    { writer, setAside, oldest, segments, backlog }: OpenedSpool,
  ) {
    this.directory = directory;
    this.maxBytes = maxBytes;
    this.setAside = setAside;
    this.#writer = writer;
    this.#sampler = sampler;
    this.backlog = backlog;
    this.#logger = logger;
    this.#segments = new SpoolSegments(segments, {
      directory,
      logger,
      retryIntervalMs: probeIntervalMs,
      isKept: (segment) => setAside.owes(segment),
      check: writer.check,
    });
    setAside.onSettled = () => void this.#segments.drained.remove();
    this.#oldest = oldest;
    this.#disk = createDiskWatch({
      directory,
      name: 'spool',
      logger,
      probeIntervalMs,
      check: writer.check,
    });
    this.#commits = createGroupCommit((lines) => this.#inTurn(() => this.#write(lines)));
  }

  /** Records that are durable and not drained. */
  get records(): number {
    return this.#segments.records;
  }

  /** Resolves when another process has taken the directory over: this spool is of no use any more. */
  get lost(): Promise<void> {
    return this.#writer.lost;
  }

  /** When the oldest of them was received, ISO 8601. */
  get oldestReceivedAt(): string | undefined {
    return this.#oldest;
  }

  /** What the files take, and what is on its way to them. */
  get bytes(): number {
    return this.#segments.bytes + this.setAside.bytes + this.#commits.bytes;
  }

  /** Bytes at and behind a position, with those that are on their way to disk. */
  bytesFrom(position: JournalPosition): number {
    return this.#segments.bytesFrom(position) + this.#commits.bytes;
  }

  /** Nothing durable is at or behind a position. */
  isAtEnd(position: JournalPosition): boolean {
    return this.#segments.bytesFrom(position) === 0;
  }

  /** Why it takes nothing now; `undefined` when it does. */
  get problem(): string | undefined {
    const { bytes, maxBytes } = this;
    const isFull = bytes > maxBytes * (1 - freeShare);
    return (
      this.#disk.failure?.message ?? (isFull ? `the spool is full: ${bytes} of ${maxBytes} bytes` : undefined)
    );
  }

  /**
   * Resolves when the records are durable. Those of earlier calls stand before those of later ones.
   *
   * @throws {SinkError} `sink_full`, `sink_unavailable` or `sink_timeout`; the records may be there nevertheless
   */
  async append(
    records: readonly SinkRecord[],
    timeoutMs: number,
    deadLetters?: DeadLetterSource,
  ): Promise<void> {
    const { failure } = this.#disk;
    if (failure !== undefined) {
      throw new SinkError(failure.code, failure.message);
    }
    const toLines = () => this.#requireRoom(toSpoolLines(records, deadLetters));
    await this.#commits.append(toLines, timeoutMs);
    this.#oldest ??= toReceivedAt(records[0]);
  }

  /** Resolves when nothing is on its way to disk. */
  idle(): Promise<void> {
    return this.#commits.idle();
  }

  /** A disk that is full at the start is known as full, before an append finds out. */
  async tryDisk(): Promise<void> {
    await this.#disk.write(() => probeDisk(join(this.directory, 'probe'))).catch(() => {});
  }

  /** From now on the records of a share wait, behind what is there. */
  leaveBehind(share: Share, problem: string): Waiting {
    const waiting = this.backlog.add(share, this.#segments.end);
    waiting.problem = problem;
    return waiting;
  }

  /** The lines at or behind a position; none, without I/O, when nothing durable is there. */
  async read(position: JournalPosition, limits: ChunkLimits): Promise<SpoolChunk> {
    const chunk = await this.#segments.read(position, limits);
    const first = findFirst(this.backlog);
    if (first !== undefined && this.#segments.find(first).segment === chunk.start.segment) {
      const { segment } = chunk.start;
      const oldest = chunk.lines.find(({ record, offset }) =>
        findWaiting(this.backlog, record, { segment, offset }),
      );
      this.#oldest = toReceivedAt(oldest?.record) ?? this.#oldest;
    }
    return chunk;
  }

  /** So many lines of a segment are stored or set aside. */
  drainedOf(segment: string, lines: number): void {
    this.#segments.drainedOf(segment, lines);
    if (this.records === 0) {
      this.#oldest = undefined;
    }
  }

  /**
   * Notes how far each share was drained, and removes the segments of which nothing is left. On a full disk that cannot be
   * noted. It must not keep the spool from making room, and an old note only repeats records.
   */
  noteProgress(): Promise<void> {
    this.#noting = this.#noting.then(() => this.#noteProgress());
    return this.#noting;
  }

  async #noteProgress(): Promise<void> {
    const { backlog, directory } = this;
    // Lines that are owed have no other copy.
    if (!this.setAside.isOwing) {
      await writeDrainedNote(directory, toDrainedNote(backlog, this.#segments.end)).catch(
        (error: unknown) => {
          this.#logger.warn({ err: error }, 'how far the spool was drained could not be noted');
        },
      );
    }
    const first = findFirst(backlog);
    if (first !== undefined) {
      await this.#segments.dropBefore(this.#segments.find(first));
    }
  }

  /** Gives the disk space of a drained spool back. Does nothing when records wait. */
  async release(): Promise<void> {
    await this.#inTurn(async () => {
      while (this.backlog.isEmpty && !this.#segments.isEmpty) {
        await this.#writer.finishSegment();
        await this.#segments.dropFirst();
      }
      if (this.backlog.isEmpty) {
        this.#oldest = undefined;
      }
    });
  }

  async close(): Promise<void> {
    this.#disk.stop();
    await this.#commits.idle();
    await this.#noting;
    await this.setAside.stop();
    await this.#turn;
    await this.#segments.drained.stop();
    await this.#writer.close();
  }

  /** @throws {SinkError} `sink_full` */
  #requireRoom(lines: Buffer): Buffer {
    if (this.bytes + lines.length > this.maxBytes) {
      throw new SinkError('sink_full', `The spool is full: it may take ${this.maxBytes} bytes`);
    }
    return lines;
  }

  async #write(lines: Buffer): Promise<void> {
    try {
      await this.#disk.write(() => this.#writer.append(lines));
      const { directory } = this;
      const { end } = this.#writer;
      const isDrained = (place: JournalPosition) => this.#isDrained(place);
      sampleLine(this.#sampler, { directory, lines, end, isDrained });
    } finally {
      this.#segments.follow(this.#writer.end, countLineFeeds(lines));
    }
  }

  /** The store has all of it, or it was set aside. */
  #isDrained(place: JournalPosition): boolean {
    const first = findFirst(this.backlog);
    return first === undefined || comparePositions(place, first) < 0;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function toReceivedAt(record: SinkRecord | undefined): string | undefined {
  return record?.headers['received-at'];
}
