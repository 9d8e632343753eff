import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SinkError } from '../../ports/sink.ts';
import { describeUser, hasCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

/** Tracks whether a directory is writable. After a failed write, probes the disk until a write succeeds. */
export interface DiskWatch {
  /** Reason why the directory is not writable, or `undefined` if it is writable. */
  readonly failure: SinkError | undefined;
  /**
   * Runs a write and records its result.
   *
   * @throws {SinkError} `sink_full` if the disk is full, otherwise `sink_unavailable`; a SinkError thrown by `work`
   * is rethrown
   */
  write(work: () => Promise<void>): Promise<void>;
  stop(): void;
}

interface DiskWatchOptions {
  readonly directory: string;
  /** Name used in log and error messages. */
  readonly name: 'journal' | 'spool';
  readonly logger: Logger;
  readonly probeIntervalMs: number;
  /** Additional check that must succeed before the directory counts as usable again. */
  readonly check: () => Promise<void>;
}

/** Opens a disk watch and probes the disk once, because only a write reveals that the disk is full. */
export async function openDiskWatch(options: DiskWatchOptions): Promise<DiskWatch> {
  const { directory, name, logger, probeIntervalMs, check } = options;
  const stopController = new AbortController();
  let failure: SinkError | undefined;

  function toSinkError(error: unknown): SinkError {
    return hasCode(error, 'ENOSPC', 'EDQUOT')
      ? new SinkError('sink_full', `The disk of the ${name} is full (${directory}). Free disk space`, {
          cause: error,
        })
      : new SinkError(
          'sink_unavailable',
          `Cannot write to the ${name} (${directory})${describeUser(error)}`,
          {
            cause: error,
          },
        );
  }

  /**
   * Probes the disk until a write succeeds. Deliveries are rejected while the disk is unusable, so no delivery would
   * detect the recovery.
   */
  async function probeUntilUsable(): Promise<void> {
    while (!stopController.signal.aborted) {
      try {
        await delay(probeIntervalMs, undefined, { signal: stopController.signal });
        await probeDisk(join(directory, 'probe'));
        await check();
        logger.info(`the ${name} is writable again`);
        failure = undefined;
        return;
      } catch (error) {
        if (!stopController.signal.aborted) {
          failure = toSinkError(error);
        }
      }
    }
  }

  async function writeOrFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof SinkError) {
        throw error;
      }
      const writeError = toSinkError(error);
      logger.error({ err: error }, writeError.message);
      if (failure === undefined) {
        failure = writeError;
        void probeUntilUsable();
      }
      throw writeError;
    }
  }

  await writeOrFail(() => probeDisk(join(directory, 'probe'))).catch(() => {});
  return {
    get failure() {
      return failure;
    },
    write: writeOrFail,
    stop: () => stopController.abort(),
  };
}

const probeBytes = 64 * 1024;

/** Writes a file, syncs it and removes it. @throws the file system error */
export async function probeDisk(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    // A single write call may write fewer bytes than requested. A disk without room for the whole probe counts as
    // full.
    await handle.writeFile(Buffer.alloc(probeBytes));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}
