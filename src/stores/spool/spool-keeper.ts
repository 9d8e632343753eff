import { type DeadLetterSource, SinkError, type SinkRecord } from '../../ports/sink.ts';
import { DirectoryKeeper, defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { openSegmentWriter } from '../journal/segment-writer.ts';
import { Backlog, type Waiting } from './backlog.ts';
import { findSpooled } from './find-spooled.ts';
import { openSetAside } from './set-aside.ts';
import type { Share } from './share.ts';
import { Spool, type SpoolOptions } from './spool.ts';
import { takeBackIfAsked } from './take-back.ts';

const nothing = new Backlog();

/** The spool of a receiver. While it is not open it holds nothing and takes nothing. */
export class SpoolKeeper extends DirectoryKeeper<Spool> {
  readonly directory: string;
  readonly maxBytes: number;

  constructor(options: SpoolOptions) {
    const { directory, maxBytes, logger, probeIntervalMs = defaultProbeIntervalMs } = options;
    super({
      name: 'spool',
      directory,
      variable: 'SPOOL_DIR',
      async open(signal) {
        const spool = await openSpool(options, signal);
        const { records, bytes } = spool;
        logger.info({ directory, records, bytes }, 'the spool is open');
        return spool;
      },
      retryIntervalMs: probeIntervalMs,
      consequence: ', so the store alone takes events',
      logger,
    });
    this.directory = directory;
    this.maxBytes = maxBytes;
  }

  get isOpen(): boolean {
    return this.current !== undefined;
  }

  get backlog(): Backlog {
    return this.current?.backlog ?? nothing;
  }

  get records(): number {
    return this.current?.records ?? 0;
  }

  get setAsideRecords(): number {
    return this.current?.setAside.records ?? 0;
  }

  get oldestReceivedAt(): string | undefined {
    return this.current?.oldestReceivedAt;
  }

  get bytes(): number {
    return this.current?.bytes ?? 0;
  }

  /** Why it takes nothing now; `undefined` when it does. */
  get problem(): string | undefined {
    return this.current === undefined ? `the spool is not open: ${this.openProblem}` : this.current.problem;
  }

  leaveBehind(share: Share, problem: string): Waiting | undefined {
    return this.current?.leaveBehind(share, problem);
  }

  append(records: readonly SinkRecord[], timeoutMs: number, deadLetters?: DeadLetterSource): Promise<void> {
    return (
      this.current?.append(records, timeoutMs, deadLetters) ??
      Promise.reject(new SinkError('sink_unavailable', this.problem ?? ''))
    );
  }

  async idle(): Promise<void> {
    await this.current?.idle();
  }

  async release(): Promise<void> {
    await this.current?.release();
  }
}

/** Disk space comes back in steps of one segment. */
const segmentsInFull = 32;
const maxSegmentBytes = 64 * 1024 * 1024;

/**
 * Opens the spool of an existing directory, with what earlier processes left there. A full disk is no hindrance: what is
 * drained makes room.
 *
 * @throws {Error} when the directory cannot be used, or another process has it
 */
export async function openSpool(options: SpoolOptions, signal?: AbortSignal): Promise<Spool> {
  const { directory, maxBytes, logger, probeIntervalMs = defaultProbeIntervalMs } = options;
  const writer = await openSegmentWriter({
    directory,
    signal,
    maxSegmentBytes:
      options.maxSegmentBytes ?? Math.min(maxSegmentBytes, Math.ceil(maxBytes / segmentsInFull)),
    onStale: (err) => logger.error({ err, directory }, 'the lock of the spool cannot be renewed'),
    onRival: (who) => logger.warn({ directory, who }, 'another process waits for the spool'),
    onTornLine: (torn) => logger.warn(torn, 'cut off a torn last line: its record was never acknowledged'),
  });
  try {
    await takeBackIfAsked(directory);
    const setAside = await openSetAside({ directory, logger, retryIntervalMs: probeIntervalMs });
    const found = await findSpooled(directory);
    // Whoever takes the directory over from now on finds no more than this: what was found is ours to remove.
    await writer.check();
    const spool = new Spool(options, { writer, setAside, ...found });
    // An earlier process may have ended before it could.
    await spool.release();
    await spool.tryDisk();
    return spool;
  } catch (error) {
    await writer.close();
    throw error;
  }
}
