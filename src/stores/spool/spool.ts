import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SinkError, type SinkRecord } from '../../ports/sink.ts';
import type { Logger } from '../../runtime/logger.ts';
import { defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { type DiskWatch, openDiskWatch } from '../journal/disk-watch.ts';
import { createGroupCommit, type GroupCommit } from '../journal/group-commit.ts';
import { joinLines, toJournalLine } from '../journal/journal-line.ts';
import { listSegments, removeSegment } from '../journal/journal-segment.ts';
import { readSegment } from '../journal/read-segment.ts';
import { openSegmentWriter, type SegmentWriter } from '../journal/segment-writer.ts';
import { type DrainedPosition, openDrainedPosition } from './drained-position.ts';

export interface SpoolOptions {
  readonly directory: string;
  /** All segments together. */
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly maxSegmentBytes?: number;
  /** Between attempts to open the spool, and to write to a disk that failed. */
  readonly probeIntervalMs?: number;
}

export interface SpoolSegment {
  readonly name: string;
  /** Bytes that are durable. */
  bytes: number;
  /** Of its records, ISO 8601; `undefined` when none says when it was received. */
  oldestReceivedAt: string | undefined;
}

/** What is left of a segment that is written no more. */
export interface SegmentRest {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Disk space comes back in steps of one segment. */
const segmentsInFull = 32;
const maxSegmentBytes = 64 * 1024 * 1024;
/** As much as a segment is kept from deliveries: what fails of one is written again before the segment is removed. */
const deliveriesShare = 1 - 1 / segmentsInFull;

/**
 * Opens the spool of an existing directory, with the segments that earlier processes left there.
 *
 * @throws {Error} when the directory cannot be used, or another process has it
 */
export async function openSpool(options: SpoolOptions, signal?: AbortSignal): Promise<Spool> {
  const { directory, maxBytes, logger } = options;
  const writer = await openSegmentWriter({
    directory,
    signal,
    maxSegmentBytes:
      options.maxSegmentBytes ?? Math.min(maxSegmentBytes, Math.ceil(maxBytes / segmentsInFull)),
    onStale: (err) => logger.error({ err, directory }, 'the lock of the spool cannot be renewed'),
    onTornLine: (torn) => logger.warn(torn, 'cut off a torn last line: its record was never acknowledged'),
  });
  try {
    const segments = await findSegments(directory);
    const drained = await openDrainedPosition(directory, segments[0]?.name);
    const { probeIntervalMs = defaultProbeIntervalMs } = options;
    const { check } = writer;
    const disk = await openDiskWatch({ directory, name: 'spool', logger, probeIntervalMs, check });
    return new Spool(options, { writer, segments, drained, disk });
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

/** Its lines are mostly in the order of their arrival. */
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
 * Records on disk that a store did not take, in segments of JSON lines. They are appended to the newest segment and drained
 * from the oldest one, which is written no more by then, and removed when nothing is left of it.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #writer: SegmentWriter;
  /** Oldest first. */
  #segments: SpoolSegment[];
  readonly #drained: DrainedPosition;
  readonly #disk: DiskWatch;
  readonly #commits: GroupCommit;
  /** Of the records in the next write. */
  #oldestInGroup: string | undefined;
  /** Writing lines and ending a segment happen one after the other. */
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

  /** Resolves when another process has taken the directory over: this spool is of no use any more. */
  get lost(): Promise<void> {
    return this.#writer.lost;
  }

  /** What the segments take, and what is on its way to them. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, this.#commits.bytes);
  }

  /** When the oldest record was received, ISO 8601; `undefined` when it is empty. */
  get oldestReceivedAt(): string | undefined {
    return this.#segments.map(({ oldestReceivedAt }) => oldestReceivedAt).reduce(toOlder, undefined);
  }

  /** Why it takes no deliveries now; `undefined` when it does. */
  get problem(): string | undefined {
    const { bytes } = this;
    const { maxBytes } = this.#options;
    const isFull = bytes >= maxBytes * deliveriesShare;
    return (
      this.#disk.failure?.message ?? (isFull ? `the spool is full: ${bytes} of ${maxBytes} bytes` : undefined)
    );
  }

  /**
   * Writes the records of a delivery. Resolves when they are durable.
   *
   * @throws {SinkError} `sink_full`, `sink_unavailable` or `sink_timeout`; the records may be there nevertheless
   */
  append(records: readonly SinkRecord[], timeoutMs: number): Promise<void> {
    return this.#append(records, timeoutMs, this.#options.maxBytes * deliveriesShare);
  }

  /** Writes records that could not be drained behind all others, also while the spool is full. Throws as `append`. */
  appendAgain(records: readonly SinkRecord[], timeoutMs: number): Promise<void> {
    return this.#append(records, timeoutMs, Number.POSITIVE_INFINITY);
  }

  /** The oldest records. Nothing is written to their segment from now on. @returns `undefined` when it is empty */
  takeOldest(): Promise<SegmentRest | undefined> {
    return this.#inTurn(async () => {
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

  /** Up to this place the segment is drained. Without the note the next process stores its records again. */
  async noteDrained(segment: string, offset: number): Promise<void> {
    await this.#drained.note({ segment, offset });
  }

  /** The segment cannot be read at present: all others come first. */
  putBehind(name: string): void {
    this.#segments.sort((one, other) => Number(one.name === name) - Number(other.name === name));
  }

  /** Nothing is left of a segment. A damaged one is renamed: it may hold what only a person can read. */
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
      const lines = joinLines(records.map((record) => toJournalLine(record)));
      if (this.bytes + lines.length > maxBytes) {
        throw new SinkError('sink_full', `The spool is full: it may take ${this.#options.maxBytes} bytes`);
      }
      this.#oldestInGroup = records.map(toReceivedAt).reduce(toOlder, this.#oldestInGroup);
      return lines;
    }, timeoutMs);
  }

  #write(lines: Buffer): Promise<void> {
    // The records of the next write are told from now on.
    const oldest = this.#oldestInGroup;
    this.#oldestInGroup = undefined;
    return this.#inTurn(async () => {
      try {
        await this.#disk.write(() => this.#writer.append(lines));
      } finally {
        this.#follow(oldest);
      }
    });
  }

  /** The writer begins segments by itself. One whose first write failed is empty. */
  #follow(oldestReceivedAt: string | undefined): void {
    const { end } = this.#writer;
    const written = this.#segments.find(({ name }) => name === end?.segment);
    if (end !== undefined && written !== undefined) {
      written.bytes = end.offset;
      written.oldestReceivedAt = toOlder(written.oldestReceivedAt, oldestReceivedAt);
    } else if (end !== undefined) {
      this.#segments.push({ name: end.segment, bytes: end.offset, oldestReceivedAt });
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function toReceivedAt(record: SinkRecord): string | undefined {
  return record.headers['received-at'];
}

/** The earlier of two times in one form. */
function toOlder(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}
