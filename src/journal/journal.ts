import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import { toError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { within } from '../runtime/within.ts';
import { type Rejection, type Sink, SinkError } from '../sink/sink.ts';
import { createDiskWatch, type DiskWatch } from './disk-watch.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { joinLines, toJournalLine } from './journal-line.ts';
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

interface OpenJournal {
  readonly writer: SegmentWriter;
  readonly disk: DiskWatch;
  readonly commits: GroupCommit;
}

/** The embedded store: append-only files of JSON lines, synced before an append resolves. */
export function createJournal(options: JournalOptions): Sink {
  const { directory, logger, clock, maxSegmentBytes, probeIntervalMs = 1_000 } = options;
  const stopped = new AbortController();
  /** Settles with the first attempt to open the journal. Appends wait for it: a process that has just started takes them. */
  const tried = Promise.withResolvers<void>();
  let isMade = false;
  let journal: OpenJournal | undefined;
  let opening: Promise<void> = Promise.resolve();
  /** Why the journal is not open. */
  let openFault = 'the journal is not open yet';

  async function open(): Promise<OpenJournal> {
    // Once: a directory that vanishes later may be a disk that is not mounted.
    if (!isMade) {
      makeDirectory(directory, 'DATA_DIR');
      isMade = true;
    }
    const writer = await openSegmentWriter({
      directory,
      maxSegmentBytes,
      signal: stopped.signal,
      onRival: (who) => logger.warn({ directory, who }, 'another process waits for the journal'),
      onTornLine: (torn) => logger.warn(torn, 'cut off a torn last line: its record was never acknowledged'),
    });
    const disk = createDiskWatch({
      directory,
      name: 'journal',
      logger,
      probeIntervalMs,
      check: () => writer.check(),
    });
    return { writer, disk, commits: createGroupCommit((lines) => disk.write(() => writer.append(lines))) };
  }

  /** Resolves when the journal is open, or closed for good. */
  async function openInTime(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        const opened = await open();
        if (stopped.signal.aborted) {
          await end(opened);
          return;
        }
        journal = opened;
        void openAgainWhenLost(opened);
        return;
      } catch (error) {
        const { message } = toError(error);
        if (message !== openFault && !stopped.signal.aborted) {
          logger.error({ err: error }, `the journal cannot be opened: ${message}`);
          openFault = message;
        }
      } finally {
        tried.resolve();
      }
      await delay(probeIntervalMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  }

  async function openAgainWhenLost(lost: OpenJournal): Promise<void> {
    await lost.writer.lost;
    journal = undefined;
    openFault = 'the journal was taken over by another process';
    logger.error({ directory }, openFault);
    opening = end(lost).then(openInTime);
    await opening;
  }

  async function end({ writer, disk, commits }: OpenJournal): Promise<void> {
    disk.stop();
    await commits.idle();
    await writer.close();
  }

  async function waitUntilTried(deadline: number): Promise<OpenJournal> {
    const toUnavailable = () => new SinkError('sink_unavailable', openFault);
    await within(tried.promise, Math.max(0, deadline - clock.now()), toUnavailable);
    if (journal === undefined) {
      throw toUnavailable();
    }
    return journal;
  }

  const findProblem = () => (journal === undefined ? openFault : journal.disk.fault?.message);

  return {
    async start() {
      opening = openInTime();
      await opening;
      if (stopped.signal.aborted) {
        throw new SinkError('sink_closed', 'The journal was closed before it could start');
      }
    },
    async append(records, deadline) {
      if (stopped.signal.aborted) {
        throw new SinkError('sink_closed', 'The journal is closed');
      }
      const { disk, commits } = journal ?? (await waitUntilTried(deadline));
      if (disk.fault !== undefined) {
        throw new SinkError('sink_unavailable', disk.fault.message);
      }
      const lines = joinLines(records.map((record) => toJournalLine(record)));
      await commits.append(lines, deadline - clock.now());
      return noRejections;
    },
    health() {
      const problem = findProblem();
      return { up: problem === undefined, detail: problem ?? '' };
    },
    async close() {
      stopped.abort();
      await opening;
      if (journal !== undefined) {
        await end(journal);
      }
    },
  };
}
