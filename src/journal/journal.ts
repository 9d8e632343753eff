import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Rejection, Sink } from '../sink/sink.ts';
import { SinkError } from '../sink/sink-error.ts';
import { createDiskWatch } from './disk-watch.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { joinLines } from './join-lines.ts';
import { toJournalLine } from './journal-line.ts';
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
  readonly commits: GroupCommit;
}

/** The embedded store: append-only files of JSON lines, synced before an append resolves. */
export function createJournal(options: JournalOptions): Sink {
  const { directory, logger, clock, maxSegmentBytes, probeIntervalMs = 1_000 } = options;
  const stopped = new AbortController();
  const disk = createDiskWatch({ directory, name: 'journal', logger, probeIntervalMs });
  let journal: OpenJournal | undefined;
  /** Why the journal is not open. */
  let openFault = 'the journal is not open yet';

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
    journal = { writer, commits: createGroupCommit((lines) => disk.write(() => writer.append(lines))) };
  }

  const findProblem = () => (journal === undefined ? openFault : disk.fault?.message);

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
          if (message !== openFault) {
            logger.error({ err: error }, 'the journal cannot be opened');
            openFault = message;
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
      const problem = findProblem();
      if (journal === undefined || problem !== undefined) {
        throw new SinkError('sink_unavailable', problem ?? openFault);
      }
      const lines = joinLines(records.map((record) => toJournalLine(record)));
      await journal.commits.append(lines, deadline - clock.now());
      return noRejections;
    },
    health() {
      const problem = findProblem();
      return { up: problem === undefined, detail: problem ?? '' };
    },
    async close() {
      stopped.abort();
      disk.stop();
      await journal?.commits.idle();
      await journal?.writer.close();
    },
  };
}
