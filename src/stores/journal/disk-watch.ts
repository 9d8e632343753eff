import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SinkError } from '../../ports/sink.ts';
import { describeUser, hasCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

/** Whether a directory can be written. After a failed write the disk is tried until it can be written again. */
export interface DiskWatch {
  /** Why the directory cannot be written now; `undefined` when it can. */
  readonly failure: SinkError | undefined;
  /** @throws {SinkError} as it was thrown; else `sink_full` when the disk is full, and `sink_unavailable` */
  write(work: () => Promise<void>): Promise<void>;
  stop(): void;
}

interface DiskWatchOptions {
  readonly directory: string;
  /** For messages. */
  readonly name: 'journal' | 'spool';
  readonly logger: Logger;
  readonly probeIntervalMs: number;
  /** What else has to succeed before the directory counts as usable again. */
  readonly check: () => Promise<void>;
}

/** Tries the disk before the first write has to: of one that is full nothing else tells. */
export async function openDiskWatch(options: DiskWatchOptions): Promise<DiskWatch> {
  const { directory, name, logger, probeIntervalMs, check } = options;
  const stopped = new AbortController();
  let failure: SinkError | undefined;

  function toSinkError(error: unknown): SinkError {
    return hasCode(error, 'ENOSPC', 'EDQUOT')
      ? new SinkError('sink_full', `The disk of the ${name} is full (${directory}): make room there`, {
          cause: error,
        })
      : new SinkError(
          'sink_unavailable',
          `The ${name} cannot be written (${directory})${describeUser(error)}`,
          { cause: error },
        );
  }

  /** Deliveries are refused at once meanwhile, so none of them could show that the disk works again. */
  async function probeUntilUsable(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await delay(probeIntervalMs, undefined, { signal: stopped.signal });
        await probeDisk(join(directory, 'probe'));
        await check();
        logger.info(`the ${name} can be written again`);
        failure = undefined;
        return;
      } catch (error) {
        if (!stopped.signal.aborted) {
          failure = toSinkError(error);
        }
      }
    }
  }

  async function write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof SinkError) {
        throw error;
      }
      const refused = toSinkError(error);
      logger.error({ err: error }, refused.message);
      if (failure === undefined) {
        failure = refused;
        void probeUntilUsable();
      }
      throw refused;
    }
  }

  await write(() => probeDisk(join(directory, 'probe'))).catch(() => {});
  return {
    get failure() {
      return failure;
    },
    write,
    stop: () => stopped.abort(),
  };
}

const probeBytes = 64 * 1024;

/** Writes a file, syncs it and removes it. @throws what the disk answers */
export async function probeDisk(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    // All of it: one call may write less than it is given, and nearly full is full.
    await handle.writeFile(Buffer.alloc(probeBytes));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}
