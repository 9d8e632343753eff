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

/** Time limit for storing the states of one round. */
const appendTimeoutMs = 15_000;

/**
 * Topic to which `reconcile` writes the states that it gets from the provider. A state that the topic already contains
 * is not written again.
 */
export class ReconciledStates {
  readonly #deps: ReconciledStatesDeps;
  /** Digests of the stored states, 28 bytes each. */
  readonly #known = new EntityTable();

  constructor(deps: ReconciledStatesDeps) {
    this.#deps = deps;
  }

  /** Loads the states that the topic already contains. */
  async load(stored: AsyncIterable<readonly StoredRecord[]>): Promise<void> {
    for await (const batch of stored) {
      for (const { key, value } of batch) {
        this.#takeNew(key ?? '', value);
      }
    }
  }

  /** Stores all states that are new. @throws {Error} if one of them could not be stored */
  async add(requested: readonly RequestedState[]): Promise<void> {
    const { sink, topic, headerRules, clock } = this.#deps;
    const states = requested.filter(({ messageId, json }) => this.#takeNew(messageId, Buffer.from(json)));
    const records = states.map((state) => toReconciledRecord(state, topic, headerRules));
    const [rejection] = await sink.append(records, clock.now() + appendTimeoutMs);
    if (rejection !== undefined) {
      const { messageId } = states[rejection.index] ?? {};
      throw new Error(`cannot write the state of ${messageId} to ${topic}: ${rejection.reason}`);
    }
  }

  close(): Promise<void> {
    return this.#deps.sink.close();
  }

  #takeNew(messageId: string, answer: Buffer): boolean {
    return this.#known.raise(Buffer.concat([Buffer.from(messageId), answer]), 1n, 0) === undefined;
  }
}
