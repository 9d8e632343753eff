import { openSegmentWriter } from '../journal/segment-writer.ts';
import { findSpooled } from './find-spooled.ts';
import { openSetAside } from './set-aside.ts';
import { defaultProbeIntervalMs, Spool, type SpoolOptions } from './spool.ts';
import { takeBackIfAsked } from './take-back.ts';

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
