import { SinkError } from '../../ports/sink.ts';
import { releaseBytes } from '../../runtime/release-bytes.ts';

export interface GroupCommit {
  /** Bytes of lines that are being written or are next to be written. Appends behind them have no lines yet. */
  readonly bytes: number;
  /**
   * Resolves when the lines are written.
   *
   * @param toLines runs at most once, when there is room for the lines; nothing else may reference the returned buffer
   * @throws {SinkError} `sink_timeout` if they are not written in time; otherwise rethrows errors of `toLines` or the write
   */
  append(toLines: () => Buffer, timeoutMs: number): Promise<void>;
  /** Resolves when all lines are written. */
  idle(): Promise<void>;
}

interface PendingAppend {
  toLines(): Buffer;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Maximum bytes of one write. Lines are held in memory in addition to their records, which argues for a small limit. Under
 * overload, each write waits for several slow turns of the event loop, so it must store a lot.
 */
const maxGroupBytes = 8 * 1024 * 1024;

/**
 * Creates a group commit, which runs one write at a time. Appends that arrive during a write share the next one, up to a
 * limit. Further appends wait, without their lines in memory.
 */
export function createGroupCommit(write: (lines: Buffer) => Promise<void>): GroupCommit {
  const waiting = new Set<PendingAppend>();
  /** Appends and lines of the next write. */
  const group = new Map<PendingAppend, Buffer>();
  let groupBytes = 0;
  let writingBytes = 0;
  let writing: Promise<void> | undefined;

  function fillGroup(): void {
    for (const entry of waiting) {
      if (groupBytes >= maxGroupBytes) {
        return;
      }
      waiting.delete(entry);
      try {
        const lines = entry.toLines();
        group.set(entry, lines);
        groupBytes += lines.length;
      } catch (error) {
        entry.reject(error);
      }
    }
  }

  function giveUp(entry: PendingAppend): void {
    waiting.delete(entry);
    groupBytes -= group.get(entry)?.length ?? 0;
    group.delete(entry);
  }

  async function writeAll(): Promise<void> {
    for (; group.size > 0; fillGroup()) {
      const entries = [...group.keys()];
      const lines = join([...group.values()]);
      group.clear();
      groupBytes = 0;
      writingBytes = lines.length;
      try {
        const written = write(lines);
        // Prepares the next lines during the write, so that the disk does not have to wait for them.
        fillGroup();
        await written;
        for (const { resolve } of entries) {
          resolve();
        }
      } catch (error) {
        for (const { reject } of entries) {
          reject(error);
        }
      }
      writingBytes = 0;
      releaseBytes(lines);
    }
    // Runs in the same turn as the last check of `group`, so that the next append starts a new write.
    writing = undefined;
  }

  return {
    get bytes() {
      return groupBytes + writingBytes;
    },
    append(toLines, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => {
            giveUp(entry);
            reject(new SinkError('sink_timeout', 'The disk did not sync the records before the deadline'));
          },
          Math.max(0, timeoutMs),
        );
        const entry: PendingAppend = {
          toLines,
          resolve() {
            clearTimeout(timer);
            resolve();
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        };
        waiting.add(entry);
        fillGroup();
        if (group.size > 0) {
          writing ??= writeAll();
        }
      });
    },
    idle: async () => writing,
  };
}

function join(parts: readonly Buffer[]): Buffer {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) {
    return first;
  }
  const joined = Buffer.concat(parts);
  parts.forEach(releaseBytes);
  return joined;
}
