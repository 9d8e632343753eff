import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SinkError, type SinkRecord } from '../../ports/sink.ts';
import type { Logger } from '../../runtime/logger.ts';
import { defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { type DiskWatch, openDiskWatch } from '../journal/disk-watch.ts';
import { createGroupCommit, type GroupCommit } from '../journal/group-commit.ts';
import { encodeLines, toJournalLine } from '../journal/journal-line.ts';
import { listSegments, removeSegment } from '../journal/journal-segment.ts';
import { readSegment } from '../journal/read-segment.ts';
import { openSegmentWriter, type SegmentWriter } from '../journal/segment-writer.ts';
import { type DrainedPosition, openDrainedPosition } from './drained-position.ts';

export interface SpoolOptions {
  readonly directory: string;
  /** Maximum total size of all segments. */
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly maxSegmentBytes?: number;
  /** Interval in milliseconds between attempts to write to a disk that failed. */
  readonly probeIntervalMs?: number;
}

export interface SpoolSegment {
  readonly name: string;
  /** Number of durable bytes. */
  bytes: number;
  /**
   * Earliest time at which a record of the segment was received, in ISO 8601 format, or `undefined` if no record has
   * a receive time.
   */
  oldestReceivedAt: string | undefined;
}

/** The part of a segment that is not drained yet. The segment is no longer written. */
export interface UndrainedSegmentRange {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Number of segments in a full spool. Draining frees disk space one segment at a time. */
const segmentsInFullSpool = 32;
const maxSegmentBytes = 64 * 1024 * 1024;
/**
 * Fraction of the spool that deliveries may use. The remaining space, one segment, is reserved for rewriting the
 * failed records of a segment before removing it.
 */
const deliveryDiskShare = 1 - 1 / segmentsInFullSpool;

/**
 * Opens the spool in an existing directory, including segments that earlier processes left.
 *
 * @throws {Error} if the directory cannot be used or another process is using it
 */
export async function openSpool(options: SpoolOptions, signal?: AbortSignal): Promise<Spool> {
  const { directory, maxBytes, logger } = options;
  const writer = await openSegmentWriter({
    directory,
    signal,
    maxSegmentBytes:
      options.maxSegmentBytes ?? Math.min(maxSegmentBytes, Math.ceil(maxBytes / segmentsInFullSpool)),
    onStale: (err) =>
      logger.error(
        { err, directory },
        'cannot renew the lock of the spool: another process may take over the directory',
      ),
    onTornLine: (torn) =>
      logger.warn(
        torn,
        'removed the incomplete last line of the spool: the record in this line was never acknowledged',
      ),
  });
  try {
    const segments = await findSegments(directory);
    const drainedPosition = await openDrainedPosition(directory, segments[0]?.name);
    const { probeIntervalMs = defaultProbeIntervalMs } = options;
    const { check } = writer;
    const diskWatch = await openDiskWatch({ directory, name: 'spool', logger, probeIntervalMs, check });
    return new Spool(options, { writer, segments, drained: drainedPosition, disk: diskWatch });
  } catch (error) {
    await writer.close();
    throw error;
  }
}

async function findSegments(directory: string): Promise<SpoolSegment[]> {
  const segments: SpoolSegment[] = [];
  for (const name of await listSegments(directory)) {
    const { size: bytes } = await stat(join(directory, name));
    segments.push({ name, bytes, oldestReceivedAt: await readFirstReceivedAt(directory, name, bytes) });
  }
  return segments;
}

/**
 * Reads the receive time of the first record. This time is close to the earliest one, because lines are mostly in
 * arrival order.
 */
async function readFirstReceivedAt(
  directory: string,
  name: string,
  end: number,
): Promise<string | undefined> {
  for await (const { entries } of readSegment(directory, name, { start: 0, end })) {
    if (entries[0] !== undefined) {
      return toReceivedAt(entries[0].record);
    }
  }
  return undefined;
}

/**
 * Records on disk that a store did not confirm, in segments of JSON lines. Records are appended to the newest segment
 * and drained from the oldest segment. A segment is no longer written after its draining starts, and is removed after
 * it is drained.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #writer: SegmentWriter;
  /** All segments, oldest first. */
  #segments: SpoolSegment[];
  readonly #drained: DrainedPosition;
  readonly #disk: DiskWatch;
  readonly #commits: GroupCommit;
  /** Earliest receive time among the records in the next write. */
  #oldestInGroup: string | undefined;
  /** Size of the last delivery if it did not fit, otherwise 0. */
  #rejectedBytes = 0;
  /** The last operation that writes lines or ends a segment. These operations run sequentially. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    options: SpoolOptions,
    opened: {
      readonly writer: SegmentWriter;
      readonly segments: SpoolSegment[];
      readonly drained: DrainedPosition;
      readonly disk: DiskWatch;
    },
  ) {
    const { writer, segments, drained, disk } = opened;
    this.#options = options;
    this.#writer = writer;
    this.#segments = segments;
    this.#drained = drained;
    this.#disk = disk;
    this.#commits = createGroupCommit((lines) => this.#write(lines));
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** Resolves when another process has taken over the directory. The spool must then be closed. */
  get lost(): Promise<void> {
    return this.#writer.lost;
  }

  /** Total bytes of all segments, plus the lines that are about to be written. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, this.#commits.bytes);
  }

  /** Time at which the oldest record was received, in ISO 8601 format, or `undefined` if the spool is empty. */
  get oldestReceivedAt(): string | undefined {
    return this.#segments
      .map(({ oldestReceivedAt }) => oldestReceivedAt)
      .reduce(chooseEarlierTime, undefined);
  }

  /** Reason why the spool accepts no deliveries, or `undefined` if the spool accepts deliveries. */
  get problem(): string | undefined {
    const { bytes } = this;
    const { maxBytes } = this.#options;
    const deliveryBytesLimit = maxBytes * deliveryDiskShare;
    // An append is also rejected if the last rejected delivery would still not fit, because the spool hardly ever
    // reaches its limit exactly.
    const isFull = bytes >= deliveryBytesLimit || bytes + this.#rejectedBytes > deliveryBytesLimit;
    return (
      this.#disk.failure?.message ??
      (isFull ? `the spool is full: it uses ${bytes} of ${maxBytes} bytes` : undefined)
    );
  }

  /**
   * Writes the records of a delivery. Resolves when the records are durable.
   *
   * @throws {SinkError} `sink_full`, `sink_unavailable` or `sink_timeout`; the records may be in the spool anyway
   */
  append(records: readonly SinkRecord[], timeoutMs: number): Promise<void> {
    return this.#append(records, timeoutMs, this.#options.maxBytes * deliveryDiskShare);
  }

  /**
   * Rewrites records that could not be drained at the end of the spool, even if the spool is full. Throws the same
   * errors as `append`.
   */
  requeue(records: readonly SinkRecord[], timeoutMs: number): Promise<void> {
    return this.#append(records, timeoutMs, Number.POSITIVE_INFINITY);
  }

  /**
   * Finishes the oldest segment with undrained records, so that it can be drained.
   *
   * @returns the undrained part of that segment, or `undefined` if the spool is empty
   */
  takeOldest(): Promise<UndrainedSegmentRange | undefined> {
    return this.#serialize(async () => {
      const [oldest] = this.#segments;
      if (oldest === undefined) {
        return undefined;
      }
      if (this.#writer.end?.segment === oldest.name) {
        await this.#writer.finishSegment();
      }
      return { name: oldest.name, start: this.#drained.offsetIn(oldest.name), end: oldest.bytes };
    });
  }

  /**
   * Saves the offset up to which a segment has been drained, so that the next process does not store the same records
   * again.
   */
  async saveProgress(segment: string, offset: number): Promise<void> {
    await this.#drained.save({ segment, offset });
  }

  /** Moves a segment that cannot be read to the end of the list, so that all other segments are drained first. */
  moveToEnd(name: string): void {
    this.#segments.sort((one, other) => Number(one.name === name) - Number(other.name === name));
  }

  /**
   * Removes a drained segment. A damaged segment is renamed instead, because a person may be able to recover records
   * from the file.
   */
  async remove(name: string, isDamaged: boolean): Promise<void> {
    await removeSegment(this.directory, name, { isDamaged, check: this.#writer.check });
    this.#segments = this.#segments.filter((segment) => segment.name !== name);
  }

  async close(): Promise<void> {
    this.#disk.stop();
    await this.#commits.idle();
    await this.#turn;
    await this.#drained.close();
    await this.#writer.close();
  }

  async #append(records: readonly SinkRecord[], timeoutMs: number, maxBytes: number): Promise<void> {
    const { failure } = this.#disk;
    if (failure !== undefined) {
      throw new SinkError(failure.code, failure.message);
    }
    await this.#commits.append(() => {
      const lines = encodeLines(records.map((record) => toJournalLine(record)));
      const hasFreeSpace = this.bytes + lines.length <= maxBytes;
      this.#rejectedBytes = hasFreeSpace ? 0 : lines.length;
      if (!hasFreeSpace) {
        throw new SinkError('sink_full', `The spool is full: its limit is ${this.#options.maxBytes} bytes`);
      }
      this.#oldestInGroup = records.map(toReceivedAt).reduce(chooseEarlierTime, this.#oldestInGroup);
      return lines;
    }, timeoutMs);
  }

  #write(lines: Buffer): Promise<void> {
    // Records that are appended after this statement belong to the next write.
    const oldestReceivedAt = this.#oldestInGroup;
    this.#oldestInGroup = undefined;
    return this.#serialize(async () => {
      try {
        await this.#disk.write(() => this.#writer.append(lines));
      } finally {
        this.#updateSegments(oldestReceivedAt);
      }
    });
  }

  /**
   * Updates the list of segments after a write, because the writer may have started a new segment. A segment whose
   * first write failed is empty.
   */
  #updateSegments(oldestReceivedAt: string | undefined): void {
    const { end } = this.#writer;
    const writtenSegment = this.#segments.find(({ name }) => name === end?.segment);
    if (end !== undefined && writtenSegment !== undefined) {
      writtenSegment.bytes = end.offset;
      writtenSegment.oldestReceivedAt = chooseEarlierTime(writtenSegment.oldestReceivedAt, oldestReceivedAt);
    } else if (end !== undefined) {
      this.#segments.push({ name: end.segment, bytes: end.offset, oldestReceivedAt });
    }
  }

  #serialize<T>(work: () => Promise<T>): Promise<T> {
    const queuedWrite = this.#turn.then(work);
    this.#turn = queuedWrite.catch(() => {});
    return queuedWrite;
  }
}

function toReceivedAt(record: SinkRecord): string | undefined {
  return record.headers['received-at'];
}

/** Returns the earlier of two ISO 8601 times. */
function chooseEarlierTime(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}
