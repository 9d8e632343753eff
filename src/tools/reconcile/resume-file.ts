import { type FileHandle, open } from 'node:fs/promises';
import * as v from 'valibot';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { FileLock } from '../../runtime/file-lock.ts';
import { type MessageResult, messageOutcomes } from './reconcile-messages.ts';

const runSchema = v.strictObject({
  reconcile: v.literal('messages'),
  /** ISO 8601. */
  begun: v.string(),
  fromMs: v.number(),
  beforeMs: v.number(),
  recentMs: v.number(),
  /** Where missing states are stored; `null`: nowhere. */
  writesTo: v.nullable(v.string()),
});

/** What a run that is gone on with keeps. Times are epoch milliseconds. */
export type MessagesRun = Readonly<Omit<v.InferOutput<typeof runSchema>, 'reconcile'>>;

const resultSchema = v.strictObject({
  messageId: v.string(),
  outcome: v.picklist(messageOutcomes),
  stored: v.strictObject({ name: v.string(), revision: v.optional(v.string()), atMs: v.number() }),
  said: v.optional(v.strictObject({ status: v.optional(v.string()), updatedMs: v.optional(v.number()) })),
});

interface OpenFile {
  readonly file: string;
  readonly handle: FileHandle;
  readonly lock: FileLock;
}

const complete = '{"complete":true}\n';

/**
 * What was asked for, a JSON line each, so that a run that was ended can be gone on with. A line that was not written to its end
 * is taken away.
 */
export class ResumeFile {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #lock: FileLock;
  readonly run: MessagesRun;
  /** Whether an earlier run is gone on with. */
  readonly isResumed: boolean;

  private constructor({ file, handle, lock }: OpenFile, run: MessagesRun, isResumed: boolean) {
    this.#file = file;
    this.#handle = handle;
    this.#lock = lock;
    this.run = run;
    this.isResumed = isResumed;
  }

  /**
   * The run of the file, which nobody else uses meanwhile. Without one, or after one that was complete, the given run is begun.
   *
   * @throws {UsageError} for a file that cannot be used
   */
  static async open(file: string, given: MessagesRun): Promise<ResumeFile> {
    let handle: FileHandle | undefined;
    let lock: FileLock | undefined;
    try {
      lock = await FileLock.take(file);
      if (lock === undefined) {
        throw new UsageError(`--resume: another run uses ${file}: wait for it, or name another file`);
      }
      handle = await open(file, 'a+', 0o600);
      const known = await readRun(file, handle);
      if (known !== undefined) {
        return new ResumeFile({ file, handle, lock }, known, true);
      }
      await handle.truncate();
      await handle.appendFile(`${JSON.stringify({ reconcile: 'messages', ...given })}\n`);
      return new ResumeFile({ file, handle, lock }, given, false);
    } catch (error) {
      await handle?.close();
      await lock?.release();
      throw error instanceof UsageError
        ? error
        : new UsageError(`--resume: ${file} cannot be used: ${describeError(error)}`, { cause: error });
    }
  }

  /** What earlier runs were told. @throws {UsageError} */
  async *results(): AsyncGenerator<MessageResult> {
    let line = 0;
    for await (const text of this.#handle.readLines({ start: 0, autoClose: false })) {
      line += 1;
      if (line > 1) {
        const result = v.safeParse(resultSchema, parseLine(text));
        if (!result.success) {
          throw new UsageError(
            `--resume: line ${line} of ${this.#file} is not of such a file: name another one`,
          );
        }
        yield result.output;
      }
    }
  }

  async append(results: readonly MessageResult[]): Promise<void> {
    await this.#lock.check();
    await this.#handle.appendFile(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
    await this.#handle.datasync();
  }

  /** The next run with this file begins anew. */
  async complete(): Promise<void> {
    await this.#lock.check();
    await this.#handle.appendFile(complete);
  }

  async close(): Promise<void> {
    await this.#handle.close();
    await this.#lock.release();
  }
}

const chunkBytes = 64 * 1024;

/** The run that the file is of, unless it is complete, or empty. What follows the last line end is cut off. */
async function readRun(file: string, handle: FileHandle): Promise<MessagesRun | undefined> {
  const { size } = await handle.stat();
  const head = await readAt(handle, 0, Math.min(size, chunkBytes));
  const tail = await readAt(handle, Math.max(0, size - chunkBytes), chunkBytes);
  const lineEnd = head.indexOf('\n');
  const run = v.safeParse(runSchema, parseLine(head.toString('utf8', 0, Math.max(0, lineEnd))));
  if (size === 0 || (lineEnd === -1 && head.toString().startsWith('{"reconcile":"messages"'))) {
    return undefined;
  }
  if (!run.success) {
    throw new UsageError(`--resume: ${file} is not of "reconcile --messages": name another one`);
  }
  if (tail.toString().endsWith(complete)) {
    return undefined;
  }
  await handle.truncate(size - (tail.length - 1 - tail.lastIndexOf('\n')));
  const { reconcile: _, ...known } = run.output;
  return known;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
