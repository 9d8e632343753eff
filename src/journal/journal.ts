import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import { hasCode } from '../runtime/has-code.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Rejection, Sink } from '../sink/sink.ts';
import { SinkError } from '../sink/sink-error.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { toJournalLine } from './journal-line.ts';
import { probeDisk } from './probe-disk.ts';
import { openSegmentWriter, type SegmentWriter } from './segment-writer.ts';

export interface JournalOptions {
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly maxSegmentBytes?: number;
  /** Time between attempts to open the journal, and to write to a disk that failed. */
  readonly probeIntervalMs?: number;
}

const noRejections: readonly Rejection[] = [];
const notOpen = 'the journal is not open yet';

interface OpenJournal {
  readonly writer: SegmentWriter;
  readonly commits: GroupCommit;
}

/** The embedded store: append-only files of JSON lines, synced before an append resolves. */
export function createJournal(options: JournalOptions): Sink {
  const { directory, logger, clock, maxSegmentBytes, probeIntervalMs = 1_000 } = options;
  const stopped = new AbortController();
  let journal: OpenJournal | undefined;
  /** Why the journal cannot be opened or written. */
  let fault: string | undefined;

  async function open(): Promise<void> {
    const writer = await openSegmentWriter({
      directory,
      maxSegmentBytes,
      onTornLine: (torn) => logger.warn(torn, 'cut off a torn last line: its record was never acknowledged'),
    });
    if (stopped.signal.aborted) {
      await writer.close();
      return;
    }
    journal = { writer, commits: createGroupCommit((lines) => write(writer, lines)) };
    fault = undefined;
  }

  async function write(writer: SegmentWriter, lines: Buffer): Promise<void> {
    try {
      await writer.append(lines);
    } catch (error) {
      const failure = toSinkError(error);
      logger.error({ err: error }, failure.message);
      if (fault === undefined) {
        fault = failure.message;
        void probeUntilUsable();
      }
      throw failure;
    }
  }

  /** A receiver that is not ready gets no deliveries that could show that the disk works again. */
  async function probeUntilUsable(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await delay(probeIntervalMs, undefined, { signal: stopped.signal });
        await probeDisk(join(directory, 'probe'));
        logger.info('the journal can be written again');
        fault = undefined;
        return;
      } catch (error) {
        if (!stopped.signal.aborted) {
          fault = toSinkError(error).message;
        }
      }
    }
  }

  return {
    async start() {
      while (!stopped.signal.aborted) {
        try {
          await open();
          if (journal !== undefined) {
            return;
          }
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          if (message !== fault) {
            logger.error({ err: error }, 'the journal cannot be opened');
            fault = message;
          }
          await delay(probeIntervalMs, undefined, { signal: stopped.signal }).catch(() => {});
        }
      }
      throw new SinkError('sink_closed', 'The journal was closed before it could start');
    },
    async append(records, deadline) {
      if (stopped.signal.aborted) {
        throw new SinkError('sink_closed', 'The journal is closed');
      }
      if (journal === undefined || fault !== undefined) {
        throw new SinkError('sink_unavailable', fault ?? notOpen);
      }
      const lines = Buffer.from(records.map(toJournalLine).join(''));
      await journal.commits.append(lines, deadline - clock.now());
      return noRejections;
    },
    health() {
      const up = journal !== undefined && fault === undefined;
      return { up, detail: up ? '' : (fault ?? notOpen) };
    },
    async close() {
      stopped.abort();
      await journal?.commits.idle();
      await journal?.writer.close();
    },
  };
}

function toSinkError(error: unknown): SinkError {
  return hasCode(error, 'ENOSPC', 'EDQUOT')
    ? new SinkError('sink_full', 'The disk of the journal is full', { cause: error })
    : new SinkError('sink_unavailable', 'The journal cannot be written', { cause: error });
}
