import { setImmediate as turn } from 'node:timers/promises';
import {
  FencedError,
  type LeaseAcquirer,
  type PartitionLease,
  type PartitionReadResult,
} from '../../../src/filter/filter-store.ts';
import type { LogRecord } from '../../../src/filter/log-record.ts';
import type { OutputRecord } from '../../../src/filter/output-record.ts';

/** How the next commit fails: without any effect, or with effect but a lost response. */
export type CommitFault = 'none' | 'refused' | 'answer_lost';

export interface MemoryRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MemoryPartition {
  readonly input: MemoryRecord[];
  /** The committed records of the latest-state topic. Dead letters are stored separately. */
  readonly latest: MemoryRecord[];
  readonly deadLetters: MemoryRecord[];
  readonly committedOffset: number;
  /** Compacts the latest-state topic by keeping only the last record of each key. */
  compact(): void;
  readonly acquire: LeaseAcquirer;
}

export interface MemoryPartitionOptions {
  /**
   * Returns the number of records that one read returns.
   *
   * @param read number of the read
   */
  readonly readSize: (read: number) => number;
  readonly faultOf?: (commit: number) => CommitFault;
  /** If `false`, earlier leases can still commit, which violates the contract of the store. */
  readonly isFencing?: boolean;
}

/** Implements the contract of the store in memory. Transactions are atomic, and only the last lease can commit. */
export function createMemoryPartition(options: MemoryPartitionOptions): MemoryPartition {
  const { readSize, faultOf = () => 'none', isFencing = true } = options;
  const input: MemoryRecord[] = [];
  const latest: MemoryRecord[] = [];
  let stored: MemoryRecord[] = [];
  const deadLetters: MemoryRecord[] = [];
  let committedOffset = 0;
  let epoch = 0;
  let reads = 0;
  let commits = 0;

  function read(log: readonly MemoryRecord[], from: number, size: number): PartitionReadResult {
    const records = log.slice(from, from + size).map((record, index) => toLogRecord(record, from + index));
    const nextOffset = from + records.length;
    return { records, nextOffset, endOffset: log.length, isFull: nextOffset < log.length };
  }

  function createHold(mine: number): PartitionLease {
    let isReleased = false;

    function checkReleased(): void {
      if (isReleased) {
        throw new Error('the lease was released');
      }
    }

    return {
      startOffset: committedOffset,
      maxBodyBytes: 1_000_000,
      async findNextTime() {
        await turn();
        checkReleased();
        return input[committedOffset]?.timestampMs;
      },
      async readInput(fromOffset) {
        await turn();
        checkReleased();
        reads += 1;
        return read(input, fromOffset, Math.max(1, readSize(reads)));
      },
      async *readLatest(fromTimestampMs) {
        const end = stored.length;
        for (
          let at = stored.findIndex(({ timestampMs }) => timestampMs >= fromTimestampMs);
          at >= 0 && at < end;
        ) {
          await turn();
          const part = read(stored, at, 3);
          yield part;
          at = part.nextOffset;
        }
      },
      async commit(output) {
        await turn();
        checkReleased();
        if (isFencing && mine !== epoch) {
          throw new FencedError();
        }
        commits += 1;
        const fault = faultOf(commits);
        if (fault === 'refused') {
          throw new Error('not enough replicas');
        }
        latest.push(...output.latest.map(toMemoryRecord));
        stored.push(...output.latest.map(toMemoryRecord));
        deadLetters.push(...output.deadLetters.map(toMemoryRecord));
        committedOffset = output.nextOffset;
        if (fault === 'answer_lost') {
          throw new Error('the answer is lost');
        }
        return [];
      },
      release() {
        isReleased = true;
      },
    };
  }

  return {
    input,
    latest,
    deadLetters,
    get committedOffset() {
      return committedOffset;
    },
    compact() {
      const last = new Map(stored.map((record) => [record.key, record]));
      stored = stored.filter((record) => last.get(record.key) === record);
    },
    async acquire() {
      await turn();
      epoch += 1;
      return createHold(epoch);
    },
  };
}

/** Creates a record whose body identifies all properties of the record. */
function toLogRecord(record: MemoryRecord, offset: number): LogRecord {
  return {
    offset,
    timestampMs: record.timestampMs,
    key: record.key === null ? null : Buffer.from(record.key),
    value: record.value === null ? null : Buffer.from(record.value),
    body: Buffer.from(JSON.stringify(record)),
    header: (name) => record.headers[name],
  };
}

function toMemoryRecord(record: OutputRecord): MemoryRecord {
  if ('body' in record) {
    const read = JSON.parse(record.body.toString()) as MemoryRecord;
    const { extraHeader } = record;
    return extraHeader === undefined
      ? read
      : { ...read, headers: { ...read.headers, [extraHeader[0]]: extraHeader[1] } };
  }
  const { timestampMs, key, value, headers } = record;
  return { timestampMs, key: key?.toString() ?? null, value: value?.toString() ?? null, headers };
}
