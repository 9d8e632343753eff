import { setTimeout as delay } from 'node:timers/promises';
import { toError } from '../runtime/errors.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { type DeadLetterSource, SinkError, type SinkRecord } from '../sink/sink.ts';
import { openSpool } from './open-spool.ts';
import { type ChunkLimits, noLines, type SpoolChunk } from './read-chunk.ts';
import { defaultProbeIntervalMs, type Spool, type SpoolOptions } from './spool.ts';

/**
 * The spool of a receiver, which opens it again after it could not be opened or was lost to another process. Until then it
 * holds nothing and takes nothing.
 */
export class SpoolKeeper {
  readonly #options: SpoolOptions;
  readonly #closed = new AbortController();
  #spool: Spool | undefined;
  /** Why it is not open. */
  #fault = 'the spool is not open yet';
  #isMade = false;
  #opening: Promise<void> = Promise.resolve();
  #onOpened: () => void = () => {};

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  get directory(): string {
    return this.#options.directory;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  get isOpen(): boolean {
    return this.#spool !== undefined;
  }

  get records(): number {
    return this.#spool?.records ?? 0;
  }

  get setAsideRecords(): number {
    return this.#spool?.setAside.records ?? 0;
  }

  get oldestReceivedAt(): string | undefined {
    return this.#spool?.oldestReceivedAt;
  }

  get bytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  get remainingBytes(): number {
    return this.#spool?.remainingBytes ?? 0;
  }

  /** Why it takes nothing now; `undefined` when it does. */
  get problem(): string | undefined {
    return this.#spool === undefined ? `the spool is not open: ${this.#fault}` : this.#spool.problem;
  }

  /** Tries once. Why it did not succeed is logged, and is the `problem`. */
  async open(): Promise<void> {
    const { logger, directory } = this.#options;
    try {
      // Once: a directory that vanishes later may be a disk that is not mounted.
      if (!this.#isMade) {
        makeDirectory(directory, 'SPOOL_DIR');
        this.#isMade = true;
      }
      const spool = await openSpool(this.#options, this.#closed.signal);
      const { records, bytes } = spool;
      logger.info({ directory, records, bytes }, 'the spool is open');
      this.#spool = spool;
      void spool.lost.then(() => this.#lose(spool));
    } catch (error) {
      const { message } = toError(error);
      if (message !== this.#fault && !this.#closed.signal.aborted) {
        logger.error(
          { err: error, directory },
          `the spool cannot be opened, so the store alone takes events: ${message}`,
        );
        this.#fault = message;
      }
    }
  }

  /** Opens it as often as that is needed. @param onOpened runs each time that it is open */
  keepOpen(onOpened: () => void): void {
    this.#onOpened = onOpened;
    this.#opening = this.#openInTime();
  }

  append(records: readonly SinkRecord[], timeoutMs: number, deadLetters?: DeadLetterSource): Promise<void> {
    return (
      this.#spool?.append(records, timeoutMs, deadLetters) ??
      Promise.reject(new SinkError('sink_unavailable', this.problem ?? ''))
    );
  }

  async idle(): Promise<void> {
    await this.#spool?.idle();
  }

  async read(limits: ChunkLimits): Promise<SpoolChunk> {
    return (await this.#spool?.read(limits)) ?? noLines;
  }

  /** The lines of a chunk are stored or set aside. Of a spool that was lost meanwhile, its next owner drains them again. */
  async drained(chunk: SpoolChunk): Promise<void> {
    await this.#spool?.drained(chunk);
  }

  async setAside(segment: string, lines: readonly string[]): Promise<void> {
    await this.#spool?.setAside.add(segment, lines);
  }

  async release(): Promise<void> {
    await this.#spool?.release();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#opening;
    await this.#spool?.close();
  }

  async #openInTime(): Promise<void> {
    const { probeIntervalMs = defaultProbeIntervalMs } = this.#options;
    const { signal } = this.#closed;
    while (this.#spool === undefined && !signal.aborted) {
      await delay(probeIntervalMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) {
        await this.open();
      }
    }
    if (!signal.aborted) {
      this.#onOpened();
    }
  }

  #lose(lost: Spool): void {
    this.#spool = undefined;
    this.#fault = 'another process has taken it over';
    this.#options.logger.error({ directory: this.directory }, `the spool is not open: ${this.#fault}`);
    this.#opening = lost
      .close()
      .catch(() => {})
      .then(() => this.#openInTime());
  }
}
