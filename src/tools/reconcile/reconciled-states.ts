import { EntityTable } from '../../filter/entity-table.ts';
import type { StoredRecord } from '../../ports/record-reader.ts';
import type { Sink } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HeaderRules } from '../../webhook/record-headers.ts';
import { type RequestedState, toReconciledRecord } from './reconcile-messages.ts';

interface ReconciledStatesDeps {
  readonly sink: Sink;
  readonly topic: string;
  readonly headerRules: HeaderRules;
  readonly clock: Clock;
}

/** For the states of one round. */
const appendTimeoutMs = 15_000;

/** The topic of states that were asked for: a state that it is known to have is not stored again. */
export class ReconciledStates {
  readonly #deps: ReconciledStatesDeps;
  /** 28 bytes each. */
  readonly #known = new EntityTable();

  constructor(deps: ReconciledStatesDeps) {
    this.#deps = deps;
  }

  /** What the topic has already. */
  async know(stored: AsyncIterable<readonly StoredRecord[]>): Promise<void> {
    for await (const batch of stored) {
      for (const { key, value } of batch) {
        this.#takeNew(key ?? '', value);
      }
    }
  }

  /** Resolves when all of them are stored. @throws {Error} when one is not */
  async add(asked: readonly RequestedState[]): Promise<void> {
    const { sink, topic, headerRules, clock } = this.#deps;
    const states = asked.filter(({ messageId, json }) => this.#takeNew(messageId, Buffer.from(json)));
    const records = states.map((state) => toReconciledRecord(state, topic, headerRules));
    const [rejection] = await sink.append(records, clock.now() + appendTimeoutMs);
    if (rejection !== undefined) {
      const { messageId } = states[rejection.index] ?? {};
      throw new Error(`${topic} takes no record of ${messageId}: ${rejection.reason}`);
    }
  }

  close(): Promise<void> {
    return this.#deps.sink.close();
  }

  #takeNew(messageId: string, answer: Buffer): boolean {
    return this.#known.raise(Buffer.concat([Buffer.from(messageId), answer]), 1n, 0) === undefined;
  }
}
