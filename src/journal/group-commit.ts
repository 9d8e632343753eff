import { SinkError } from '../sink/sink.ts';

export interface GroupCommit {
  /** Bytes that wait to be written or are being written, also those of appends that gave up meanwhile. */
  readonly bytes: number;
  /**
   * Resolves when the bytes are written.
   *
   * @throws {SinkError} `sink_timeout` when they were not within that time, else what the write threw
   */
  append(bytes: Buffer, timeoutMs: number): Promise<void>;
  /** Resolves when nothing is left to write. */
  idle(): Promise<void>;
}

interface PendingAppend {
  readonly bytes: Buffer;
  resolve(): void;
  reject(error: unknown): void;
}

/** A group is copied together, so it must be small beside all that may wait. */
const maxGroupBytes = 8 * 1024 * 1024;

/** One write at a time. Appends that arrive during a write share the next ones. */
export function createGroupCommit(write: (bytes: Buffer) => Promise<void>): GroupCommit {
  const pending = new Set<PendingAppend>();
  let writing: Promise<void> | undefined;
  let unwrittenBytes = 0;

  /** The oldest that wait, up to the limit; at least one. */
  function takeGroup(): PendingAppend[] {
    const group: PendingAppend[] = [];
    let bytes = 0;
    for (const entry of pending) {
      bytes += entry.bytes.length;
      if (group.length > 0 && bytes > maxGroupBytes) {
        break;
      }
      pending.delete(entry);
      group.push(entry);
    }
    return group;
  }

  async function writePending(): Promise<void> {
    while (pending.size > 0) {
      const group = takeGroup();
      const joined = Buffer.concat(group.map(({ bytes }) => bytes));
      try {
        await write(joined).finally(() => {
          unwrittenBytes -= joined.length;
        });
        for (const { resolve } of group) {
          resolve();
        }
      } catch (error) {
        for (const { reject } of group) {
          reject(error);
        }
      }
    }
    // In the same turn as the last check of `pending`: the next append must start a write of its own.
    writing = undefined;
  }

  return {
    get bytes() {
      return unwrittenBytes;
    },
    append(bytes, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => {
            if (pending.delete(entry)) {
              unwrittenBytes -= bytes.length;
            }
            reject(new SinkError('sink_timeout', 'The disk did not sync before the deadline'));
          },
          Math.max(0, timeoutMs),
        );
        const entry: PendingAppend = {
          bytes,
          resolve() {
            clearTimeout(timer);
            resolve();
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        };
        pending.add(entry);
        unwrittenBytes += bytes.length;
        writing ??= writePending();
      });
    },
    idle: async () => writing,
  };
}
