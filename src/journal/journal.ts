import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sink } from '../sink/sink.ts';
import { SinkError } from '../sink/sink-error.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { toJournalLine } from './journal-line.ts';
import {
  healSegment,
  type JournalSegment,
  listSegments,
  openSegment,
  toSegmentName,
} from './journal-segment.ts';

export interface JournalOptions {
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A segment that has reached this is followed by a new one. */
  readonly maxSegmentBytes?: number;
  /** How long after a failed write the disk is tried again. */
  readonly probeIntervalMs?: number;
}

interface PendingAppend {
  readonly bytes: Buffer;
  settle(error?: SinkError): void;
}

/**
 * The embedded store: append-only files of JSON lines, synced before an append resolves. Appends that arrive while a
 * sync is under way share the next one.
 */
export function createJournal(options: JournalOptions): Sink {
  const { directory, logger, clock, maxSegmentBytes = 128 * 1024 * 1024, probeIntervalMs = 1_000 } = options;
  const stopped = new AbortController();
  let lock: DirectoryLock | undefined;
  let segment: JournalSegment | undefined;
  let sequence = 0;
  let detail = 'the journal is not open yet';
  let pending: PendingAppend[] = [];
  let writing: Promise<void> | undefined;

  async function openJournal(): Promise<void> {
    lock ??= lockDirectory(directory);
    const names = await listSegments(directory);
    for (const name of names) {
      const cut = await healSegment(join(directory, name));
      if (cut > 0) {
        logger.warn(
          { segment: name, bytes: cut },
          'cut off a torn last line: its record was never acknowledged',
        );
      }
    }
    const last = names.at(-1);
    sequence = last === undefined ? 1 : Number.parseInt(last, 10);
    segment = await openSegment(directory, toSegmentName(sequence));
    detail = '';
  }

  async function nextSegment(): Promise<JournalSegment> {
    await segment?.close();
    segment = undefined;
    sequence += 1;
    segment = await openSegment(directory, toSegmentName(sequence));
    return segment;
  }

  async function writePending(): Promise<void> {
    while (pending.length > 0) {
      const batch = pending;
      pending = [];
      try {
        const target =
          segment === undefined || segment.size >= maxSegmentBytes ? await nextSegment() : segment;
        await target.append(Buffer.concat(batch.map(({ bytes }) => bytes)));
        settleAll(batch);
      } catch (error) {
        const failure = toSinkError(error);
        settleAll(batch, failure);
        takeOutOfService(failure);
      }
    }
    // In the same turn as the look at `pending`: an append that comes later must find no writer and start one.
    writing = undefined;
  }

  /**
   * After a failed sync nothing is known of that file's cached pages, so it is never written again. The disk is tried
   * with a file of its own until it takes one: an unready receiver gets no traffic that could show it.
   */
  function takeOutOfService(failure: SinkError): void {
    logger.error({ err: failure.cause }, failure.message);
    void segment?.close().catch(() => {});
    segment = undefined;
    if (detail === '') {
      detail = failure.message;
      void probeUntilUsable();
    }
  }

  async function probeUntilUsable(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await delay(probeIntervalMs, undefined, { signal: stopped.signal });
        await probe(join(directory, 'probe'));
        logger.info('the journal can be written again');
        detail = '';
        return;
      } catch (error) {
        if (!stopped.signal.aborted) {
          detail = toSinkError(error).message;
        }
      }
    }
  }

  return {
    async start() {
      while (!stopped.signal.aborted) {
        try {
          await openJournal();
          return;
        } catch (error) {
          const failure = error instanceof Error ? error.message : String(error);
          if (failure !== detail) {
            logger.error({ err: error }, 'the journal cannot be opened');
            detail = failure;
          }
          await delay(probeIntervalMs, undefined, { signal: stopped.signal }).catch(() => {});
        }
      }
      throw new SinkError('sink_closed', 'The journal was closed before it could start');
    },
    append(records, deadline) {
      if (stopped.signal.aborted) {
        return Promise.reject(new SinkError('sink_closed', 'The journal is closed'));
      }
      if (detail !== '') {
        return Promise.reject(new SinkError('sink_unavailable', detail));
      }
      const bytes = Buffer.from(records.map(toJournalLine).join(''));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          pending = pending.filter((each) => each !== entry);
          reject(new SinkError('sink_timeout', 'The disk did not sync before the deadline'));
        }, deadline - clock.now());
        const entry: PendingAppend = {
          bytes,
          settle(error) {
            clearTimeout(timer);
            if (error === undefined) {
              resolve([]);
            } else {
              reject(error);
            }
          },
        };
        pending.push(entry);
        writing ??= writePending();
      });
    },
    health: () => ({ up: detail === '', detail }),
    async close() {
      stopped.abort();
      await writing;
      await segment?.close();
      lock?.release();
    },
  };
}

function settleAll(appends: readonly PendingAppend[], error?: SinkError): void {
  for (const { settle } of appends) {
    settle(error);
  }
}

async function probe(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.write(Buffer.alloc(64 * 1024));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

function toSinkError(error: unknown): SinkError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new SinkError('sink_full', 'The disk of the journal is full', { cause: error })
    : new SinkError('sink_unavailable', 'The journal cannot be written', { cause: error });
}
