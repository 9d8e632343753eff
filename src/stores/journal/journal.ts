import type { ReadBackSampler } from '../../ports/read-back.ts';
import { type Rejection, type Sink, SinkError } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import { DirectoryKeeper, defaultProbeIntervalMs } from './directory-keeper.ts';
import { openDiskWatch } from './disk-watch.ts';
import { createGroupCommit } from './group-commit.ts';
import { encodeLines, toJournalLine } from './journal-line.ts';
import { sampleWrittenLine } from './sample-written-line.ts';
import { openSegmentWriter } from './segment-writer.ts';

export interface JournalOptions {
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly sampler?: ReadBackSampler | undefined;
  readonly maxSegmentBytes?: number;
  /** Interval in milliseconds between attempts to open the journal, or to write to a disk that failed. */
  readonly probeIntervalMs?: number;
}

type OpenJournal = Awaited<ReturnType<typeof openJournal>>;

const noRejections: readonly Rejection[] = [];

/** Creates the embedded store, which appends JSON lines to files and syncs them before an append resolves. */
export function createJournal(options: JournalOptions): Sink {
  const { directory, logger, clock, probeIntervalMs = defaultProbeIntervalMs } = options;
  const directoryKeeper = new DirectoryKeeper({
    name: 'journal',
    directory,
    variable: 'DATA_DIR',
    open: (signal) => openJournal(options, signal),
    retryIntervalMs: probeIntervalMs,
    consequence: '',
    logger,
  });

  /** Waits for the first attempt to open the journal, so that a newly started process accepts appends. */
  async function waitForFirstAttempt(deadline: number): Promise<OpenJournal> {
    const toUnavailableError = () => new SinkError('sink_unavailable', directoryKeeper.openProblem);
    await withDeadline(directoryKeeper.firstAttempt, Math.max(0, deadline - clock.now()), toUnavailableError);
    if (directoryKeeper.current === undefined) {
      throw toUnavailableError();
    }
    return directoryKeeper.current;
  }

  return {
    async start() {
      await directoryKeeper.keepOpen();
      if (directoryKeeper.isClosed) {
        throw new SinkError('sink_closed', 'The journal was closed before it could be opened');
      }
    },
    async append(records, deadline) {
      if (directoryKeeper.isClosed) {
        throw new SinkError('sink_closed', 'The journal is closed');
      }
      const { disk, commits } = directoryKeeper.current ?? (await waitForFirstAttempt(deadline));
      if (disk.failure !== undefined) {
        throw new SinkError('sink_unavailable', disk.failure.message);
      }
      const toLines = () => encodeLines(records.map((record) => toJournalLine(record)));
      await commits.append(toLines, deadline - clock.now());
      return noRejections;
    },
    health() {
      const { current, openProblem } = directoryKeeper;
      const problem = current === undefined ? openProblem : current.disk.failure?.message;
      const isFinal = current === undefined && directoryKeeper.isFinal;
      return { up: problem === undefined, detail: problem ?? '', ...(isFinal && { isFinal }) };
    },
    close: () => directoryKeeper.close(),
  };
}

async function openJournal(
  {
    directory,
    logger,
    clock,
    sampler,
    maxSegmentBytes,
    probeIntervalMs = defaultProbeIntervalMs,
  }: JournalOptions,
  signal: AbortSignal,
) {
  const writer = await openSegmentWriter({
    directory,
    clock,
    maxSegmentBytes,
    signal,
    onStale: (err) =>
      logger.error(
        { err, directory },
        'cannot renew the lock of the journal: another process may take over the directory',
      ),
    onTornLine: (torn) =>
      logger.warn(
        torn,
        'removed the incomplete last line of the journal: the record in this line was never acknowledged',
      ),
  });
  const { lost, check } = writer;
  const diskWatch = await openDiskWatch({ directory, name: 'journal', logger, probeIntervalMs, check });
  const groupCommit = createGroupCommit(async (lines) => {
    await diskWatch.write(() => writer.append(lines));
    sampleWrittenLine(sampler, { directory, lines, end: writer.end });
  });
  return {
    disk: diskWatch,
    commits: groupCommit,
    lost,
    async close() {
      diskWatch.stop();
      await groupCommit.idle();
      await writer.close();
    },
  };
}
