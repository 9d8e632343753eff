import { SinkError } from '../../ports/sink.ts';
import { releaseBytes } from '../../runtime/release-bytes.ts';

export interface GroupCommit {
  /** The bytes of the lines that wait to be written or are being written. What waits behind them has no lines yet. */
  readonly bytes: number;
  /**
   * Resolves when the lines are written.
   *
   * @param toLines runs once, when there is room for the lines, or not at all; nobody else has their memory
   * @throws {SinkError} `sink_timeout` when they were not within that time, else what `toLines` or the write threw
   */
  append(toLines: () => Buffer, timeoutMs: number): Promise<void>;
  /** Resolves when nothing is left to write. */
  idle(): Promise<void>;
}

interface PendingAppend {
  toLines(): Buffer;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Lines are in memory beside the records that they are made of, so they must be few beside all that may wait. But in an
 * overload a write takes several long turns of the event loop, so it must store much.
 */
const maxGroupBytes = 8 * 1024 * 1024;

/**
 * One write at a time. Appends that arrive during a write share the next one, up to a limit. Those behind them wait as
 * records.
 */
export function createGroupCommit(write: (lines: Buffer) => Promise<void>): GroupCommit {
  const waiting = new Set<PendingAppend>();
  /** The next write. */
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
        // So that the disk does not wait for the next ones.
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
    // In the same turn as the last check of `group`: the next append must start a write of its own.
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
            reject(new SinkError('sink_timeout', 'The disk did not sync before the deadline'));
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
