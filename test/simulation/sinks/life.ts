import type { ReceiverSink } from '../../../src/ports/sink.ts';
import { createLogger, type Logger } from '../../../src/runtime/logger.ts';
import type { DiskProcess } from '../disk/machine.ts';
import type { World } from '../world/world.ts';

/** Options with which a process opens a sink. */
export interface LifeContext {
  readonly name: string;
  /** Path of the simulated disk as the process sees it. */
  readonly root: string;
  readonly logger: Logger;
  isAlive(): boolean;
}

export type OpenSink = (context: LifeContext) => Promise<ReceiverSink>;

/** One process that runs a sink, from its start to its end. */
export class Life {
  readonly name: string;
  readonly root: string;
  /** The sink. `undefined` until the sink is open. */
  sink: ReceiverSink | undefined;
  isStopping = false;
  /** Times at which the process noticed that a different process had taken over its directory. */
  readonly lossesMs: number[] = [];
  readonly startedMs: number;
  readonly #world: World;
  readonly #own: DiskProcess;

  constructor(world: World, own: DiskProcess, openSink: OpenSink) {
    this.#world = world;
    this.#own = own;
    this.name = own.process.name;
    this.root = own.mount.point;
    this.startedMs = world.now();
    world.note(this.name, 'starts');
    own.process.onEnd(() => world.note(this.name, 'has ended'));
    own.process.run(() => void this.#open(openSink));
  }

  get isAlive(): boolean {
    return this.#own.process.isAlive();
  }

  /** Whether the process accepts deliveries. */
  get isServing(): boolean {
    return this.isAlive && !this.isStopping && this.sink !== undefined;
  }

  run<T>(work: () => T): T | undefined {
    return this.#own.process.run(work);
  }

  /** Sends SIGSTOP, and SIGCONT later. */
  pauseFor(ms: number): void {
    this.#own.mount.pause();
    this.#world.after(ms, () => this.resume());
  }

  resume(): void {
    this.#own.mount.resume();
  }

  kill(): void {
    this.#own.process.end();
  }

  /** Sends SIGTERM. The process ends when its sink is closed. */
  stop(): void {
    if (!this.isStopping) {
      this.isStopping = true;
      this.#world.note(this.name, 'SIGTERM');
      this.run(() => void this.#close());
    }
  }

  async #open(openSink: OpenSink): Promise<void> {
    const { name, root } = this;
    const logger = createLogger('info', { write: (line) => this.#onLine(line) });
    const sink = await openSink({ name, root, logger, isAlive: () => this.isAlive });
    this.sink = sink;
    if (this.isStopping) {
      await this.#close();
    } else {
      await sink.start().catch(() => {});
    }
  }

  async #close(): Promise<void> {
    if (this.sink !== undefined) {
      await this.sink.close();
      this.kill();
      const { openFiles } = this.#own.process;
      // A process that is opening the directory may have one file open.
      if (openFiles.size > 2) {
        throw new Error(`${this.name} left open: ${[...openFiles.values()].join(', ')}`);
      }
    }
  }

  #onLine(line: string): void {
    const { msg } = JSON.parse(line) as { readonly msg: string };
    this.#world.note(this.name, msg);
    // A process that could not open the directory has accepted no data and so has lost none.
    if (/taken (it )?over/.test(msg) && !msg.includes('cannot be opened')) {
      this.lossesMs.push(this.#world.now());
    }
  }
}
