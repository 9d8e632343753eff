import { toError } from '../runtime/errors.ts';
import { SinkError } from '../sink/sink.ts';
import type { SpoolChunk } from './read-chunk.ts';
import { type SendDeps, type SentUnit, sendUnit, toUnits, type Unit } from './send-unit.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

export interface DrainedCounts {
  readonly stored: number;
  readonly deadLettered: number;
}

interface ChunkDeps extends Omit<SendDeps, 'deadline'> {
  readonly spool: Pick<SpoolKeeper, 'drained' | 'setAside'>;
  readonly onDrained: (counts: DrainedCounts) => void;
  /** A line went to the file of what no store takes. */
  readonly onSetAside: (line: SetAsideLine) => void;
}

export type SetAsideLine = SentUnit['setAside'][number];

/** The lines at the head of the spool on their way to the store. What was stored once is not sent again by this process. */
export class ChunkInHand {
  readonly #chunk: SpoolChunk;
  readonly #deps: ChunkDeps;
  #units: readonly Unit[];
  #setAside: SetAsideLine[] = [];

  constructor(chunk: SpoolChunk, deps: ChunkDeps) {
    this.#chunk = chunk;
    this.#deps = deps;
    this.#units = toUnits(chunk.lines);
  }

  /** Resolves when each line is stored or set aside, and that is noted. @throws when the chunk has to be tried again */
  async drain(deadline: number): Promise<void> {
    const failures: Error[] = [];
    const left: Unit[] = [];
    await Promise.all(
      this.#units.map(async (unit) => {
        try {
          this.#count(await this.#send(unit, deadline));
        } catch (error) {
          left.push(unit);
          failures.push(toError(error));
        }
      }),
    );
    this.#units = left;
    if (failures[0] !== undefined) {
      throw failures[0];
    }
    const { spool, onSetAside } = this.#deps;
    if (this.#setAside.length > 0) {
      await spool.setAside(
        this.#chunk.next.segment,
        this.#setAside.map(({ line }) => line.text),
      );
      this.#setAside.forEach(onSetAside);
      this.#setAside = [];
    }
    await spool.drained(this.#chunk);
  }

  /**
   * A record that makes the store's own program fail would do so for ever: such a one is found, and set aside. One that the
   * store does not route is found too, and becomes a dead letter.
   */
  async #send(unit: Unit, deadline: number): Promise<SentUnit> {
    try {
      return await sendUnit(unit, { ...this.#deps, deadline });
    } catch (error) {
      if (error instanceof SinkError && error.code !== 'sink_unroutable') {
        throw error;
      }
      const [line, ...others] = unit;
      if (line !== undefined && others.length === 0) {
        return { stored: 0, deadLettered: 0, setAside: [{ line, why: toError(error).message }] };
      }
      const sent: SentUnit[] = [];
      for (const each of unit) {
        sent.push(await this.#send([each], deadline));
      }
      return sum(sent);
    }
  }

  #count({ stored, deadLettered, setAside }: SentUnit): void {
    this.#setAside.push(...setAside);
    this.#deps.onDrained({ stored, deadLettered });
  }
}

function sum(sent: readonly SentUnit[]): SentUnit {
  return {
    stored: sent.reduce((total, { stored }) => total + stored, 0),
    deadLettered: sent.reduce((total, { deadLettered }) => total + deadLettered, 0),
    setAside: sent.flatMap(({ setAside }) => setAside),
  };
}
