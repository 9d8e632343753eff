import { join } from 'node:path';
import { defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { createDiskWatch, type DiskWatch, probeDisk } from '../journal/disk-watch.ts';
import { createGroupCommit, type GroupCommit } from '../journal/group-commit.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { sampleLine } from '../journal/sample-line.ts';
import type { SegmentWriter } from '../journal/segment-writer.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ReadBackSampler } from '../sink/read-back.ts';
import { type DeadLetterSource, SinkError, type SinkRecord } from '../sink/sink.ts';
import { DrainPosition } from './drain-position.ts';
import type { Spooled } from './find-spooled.ts';
import type { ChunkLimits, SpoolChunk } from './read-chunk.ts';
import type { SetAside } from './set-aside.ts';
import { countLineFeeds, toSpoolLines } from './spool-line.ts';

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
 * A queue of records on disk. Lines are appended at its end and read from its head. How far it was drained is noted in the
 * directory, and segments that were drained are removed.
 */
export class Spool {
  readonly directory: string;
  readonly maxBytes: number;
  readonly setAside: SetAside;
  readonly #writer: SegmentWriter;
  readonly #sampler: ReadBackSampler | undefined;
  readonly #disk: DiskWatch;
  readonly #commits: GroupCommit;
  readonly #position: DrainPosition;
  #oldest: string | undefined;
  /** Writing lines, and beginning and removing segments, happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    { directory, maxBytes, logger, sampler, probeIntervalMs = defaultProbeIntervalMs }: SpoolOptions,
    { writer, setAside, oldest, ...found }: OpenedSpool,
  ) {
    this.directory = directory;
    this.maxBytes = maxBytes;
    this.setAside = setAside;
    this.#writer = writer;
    this.#sampler = sampler;
    this.#position = new DrainPosition(found, {
      directory,
      logger,
      retryIntervalMs: probeIntervalMs,
      isKept: (segment) => setAside.owes(segment),
      check: writer.check,
    });
    setAside.onSettled = () => void this.#position.drained.remove();
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
    return this.#position.records;
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
    return this.#position.bytes + this.setAside.bytes + this.#commits.bytes;
  }

  /** Bytes that are not drained, with those that are on their way to disk. */
  get remainingBytes(): number {
    return this.#position.remainingBytes + this.#commits.bytes;
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

  /** The lines at the head; none when all that is durable was drained. */
  async read(limits: ChunkLimits): Promise<SpoolChunk> {
    const chunk = await this.#position.read(limits, () => this.#inTurn(() => this.#dropLastSegment()));
    this.#oldest = toReceivedAt(chunk.lines[0]?.record) ?? this.#oldest;
    return chunk;
  }

  /** The lines of a chunk are stored or set aside. */
  async drained({ lines, next }: SpoolChunk): Promise<void> {
    if (next.segment === this.#position.current?.segment) {
      await this.#position.advance(next.offset, lines.length);
    }
    if (this.records === 0) {
      this.#oldest = undefined;
    }
  }

  /** Gives the disk space of a drained spool back. Does nothing when it holds something. */
  async release(): Promise<void> {
    await this.#inTurn(async () => {
      while (this.records === 0 && this.#position.current !== undefined) {
        await this.#dropLastSegment();
      }
    });
  }

  async close(): Promise<void> {
    this.#disk.stop();
    await this.#commits.idle();
    await this.setAside.stop();
    await this.#turn;
    await this.#position.drained.stop();
    await this.#writer.close();
  }

  /** @throws {SinkError} `sink_full` */
  #requireRoom(lines: Buffer): Buffer {
    if (this.bytes + lines.length > this.maxBytes) {
      throw new SinkError('sink_full', `The spool is full: it may take ${this.maxBytes} bytes`);
    }
    return lines;
  }

  async #dropLastSegment(): Promise<void> {
    await this.#writer.finishSegment();
    await this.#position.dropSegment();
  }

  async #write(lines: Buffer): Promise<void> {
    try {
      await this.#disk.write(() => this.#writer.append(lines));
      const { directory } = this;
      const { end } = this.#writer;
      const isDrained = (place: JournalPosition) => this.#isDrained(place);
      sampleLine(this.#sampler, { directory, lines, end, isDrained });
    } finally {
      this.#position.follow(this.#writer.end, countLineFeeds(lines));
    }
  }

  /** Its store has it, or it was set aside. */
  #isDrained({ segment, offset }: JournalPosition): boolean {
    const { current } = this.#position;
    return (
      current === undefined ||
      segment < current.segment ||
      (segment === current.segment && offset < current.offset)
    );
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
