import { openSegmentWriter } from '../journal/segment-writer.ts';
import { takeOverSpooled } from './find-spooled.ts';
import { openSetAside } from './set-aside.ts';
import { Spool, type SpoolOptions } from './spool.ts';

/** Disk space comes back in steps of one segment. */
const segmentsInFull = 32;
const maxSegmentBytes = 64 * 1024 * 1024;

/** @throws {Error} when the directory cannot be used, or another process has it */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, maxBytes, logger } = options;
  const writer = await openSegmentWriter({
    directory,
    maxSegmentBytes:
      options.maxSegmentBytes ?? Math.min(maxSegmentBytes, Math.ceil(maxBytes / segmentsInFull)),
    onTornLine: (torn) => logger.warn(torn, 'cut off a torn last line: its record was never acknowledged'),
  });
  try {
    const setAside = await openSetAside(directory);
    return new Spool(options, { writer, setAside, ...(await takeOverSpooled(directory)) });
  } catch (error) {
    await writer.close();
    throw error;
  }
}
