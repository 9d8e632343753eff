import { SinkError } from '../../ports/sink.ts';
import { releaseBytes } from '../../runtime/release-bytes.ts';

export interface GroupCommit {
  /**
   * Total bytes of the lines in the current write and the next write. Appends that wait for a later write have no
   * lines yet.
   */
  readonly bytes: number;
  /**
   * Appends lines. Resolves when the lines are written.
   *
   * @param toLines called at most once, when there is room for the lines; nothing else may reference the returned
   * buffer
   * @throws {SinkError} `sink_timeout` if the lines are not written in time; otherwise rethrows errors from `toLines`
   * or from the write
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
 * Maximum number of bytes in one write. The limit saves memory, because lines exist in addition to the records from
 * which they are made. However, a write must store many lines, because under overload, each write waits for several
 * slow turns of the event loop.
 */
const maxGroupBytes = 8 * 1024 * 1024;

/**
 * Creates a group commit that runs one write at a time. Appends that arrive during a write share the next write, up to
 * a size limit. Appends beyond the limit wait for a later write, and their lines are not created until then.
 */
export function createGroupCommit(write: (lines: Buffer) => Promise<void>): GroupCommit {
  const waitingAppends = new Set<PendingAppend>();
  /** Appends and lines of the next write. */
  const commitGroup = new Map<PendingAppend, Buffer>();
  let groupBytes = 0;
  let bytesBeingWritten = 0;
  let writePromise: Promise<void> | undefined;

  function fillCommitGroup(): void {
    for (const entry of waitingAppends) {
      if (groupBytes >= maxGroupBytes) {
        return;
      }
      waitingAppends.delete(entry);
      try {
        const lines = entry.toLines();
        commitGroup.set(entry, lines);
        groupBytes += lines.length;
      } catch (error) {
        entry.reject(error);
      }
    }
  }

  function cancelAppend(entry: PendingAppend): void {
    waitingAppends.delete(entry);
    groupBytes -= commitGroup.get(entry)?.length ?? 0;
    commitGroup.delete(entry);
  }

  async function writeCommitGroups(): Promise<void> {
    for (; commitGroup.size > 0; fillCommitGroup()) {
      const entries = [...commitGroup.keys()];
      const lines = concatenateLines([...commitGroup.values()]);
      commitGroup.clear();
      groupBytes = 0;
      bytesBeingWritten = lines.length;
      try {
        const writeResult = write(lines);
        // Prepares the next lines during the current write, so that the disk is never idle.
        fillCommitGroup();
        await writeResult;
        for (const { resolve } of entries) {
          resolve();
        }
      } catch (error) {
        for (const { reject } of entries) {
          reject(error);
        }
      }
      bytesBeingWritten = 0;
      releaseBytes(lines);
    }
    // No code runs asynchronously between the last check of `group` and this assignment. Therefore, any later append
    // starts a new write.
    writePromise = undefined;
  }

  return {
    get bytes() {
      return groupBytes + bytesBeingWritten;
    },
    append(toLines, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => {
            cancelAppend(entry);
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
        waitingAppends.add(entry);
        fillCommitGroup();
        if (commitGroup.size > 0) {
          writePromise ??= writeCommitGroups();
        }
      });
    },
    idle: async () => writePromise,
  };
}

function concatenateLines(parts: readonly Buffer[]): Buffer {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) {
    return first;
  }
  const joinedBytes = Buffer.concat(parts);
  parts.forEach(releaseBytes);
  return joinedBytes;
}
