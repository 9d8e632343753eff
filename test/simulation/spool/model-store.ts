import { type RejectionReason, SinkError, type SinkRecord } from '../../../src/sink/sink.ts';
import type { World } from '../world/world.ts';

/**
 * - `away`: it is known that nobody can reach it
 * - `failing`: every request fails
 * - `hanging`: no request is answered
 * - `forgetful`: half of the requests are carried out and not answered
 * - `slow`: each request takes seconds
 */
export type StoreMood = 'well' | 'away' | 'failing' | 'hanging' | 'forgetful' | 'slow';

/** What the store makes of a record, whatever its mood: it stands in the record's header `fate`. */
export type RecordFate = 'stored' | 'rejected' | 'without route' | 'poison';

/** - `loud`: it says so at once - `silent`: its requests are not answered */
export type Refusal = 'loud' | 'silent';

/** Of each topic. */
export const partitionCount = 2;

/** Whoever asks a store so often in one moment never stops. */
const mostInMoment = 10_000;

/** A store, as a request sees it. It outlives the processes that send to it. */
export class ModelStore {
  mood: StoreMood = 'well';
  /** Records that have no route have none now. */
  lacksRoutes = false;
  /** By partition: it takes nothing, whatever the mood. */
  readonly refusals = new Map<number, Refusal>();
  readonly stored: SinkRecord[] = [];
  /** When a record was stored first, by id. */
  readonly storedMs = new Map<string, number>();
  /** Whoever asked on and on. Sentences. */
  readonly standstills: string[] = [];
  readonly #world: World;
  #askedAtMs = 0;
  #askedTimes = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws when that goes on and on, so that time can pass */
  asked(what: 'append' | 'health'): void {
    const nowMs = this.#world.now();
    this.#askedTimes = nowMs === this.#askedAtMs ? this.#askedTimes + 1 : 1;
    this.#askedAtMs = nowMs;
    if (this.#askedTimes > mostInMoment) {
      this.standstills.push(
        `${mostInMoment} times at ${nowMs} ms the store was asked, the last time for ${what}`,
      );
      this.#askedTimes = 0;
      throw new SinkError('sink_unavailable', 'the store is asked on and on');
    }
  }

  /** @throws for a record that cannot be sent: it is no request then */
  check(records: readonly SinkRecord[]): void {
    const fates = records.map(({ headers }) => headers.fate as RecordFate);
    if (fates.includes('poison')) {
      throw new TypeError('a record that makes the sink fail');
    }
    if (this.lacksRoutes && fates.includes('without route')) {
      throw new SinkError('sink_unroutable', 'a record has no route');
    }
  }

  reasonToReject({ headers }: SinkRecord): RejectionReason | undefined {
    return headers.fate === 'rejected' ? 'too_large' : undefined;
  }

  /** @param done with whether an answer came; it may be stored nevertheless */
  request(records: readonly SinkRecord[], partition: number, done: (isAnswered: boolean) => void): void {
    const { random, after } = this.#world;
    const waitMs = random.between(1, this.mood === 'slow' ? 3_000 : 10);
    after(waitMs, () => this.#carryOut(records, partition, done));
  }

  #carryOut(records: readonly SinkRecord[], partition: number, done: (isAnswered: boolean) => void): void {
    const { random, after } = this.#world;
    if (this.mood === 'hanging' || this.refusals.has(partition)) {
      after(50, () => this.#carryOut(records, partition, done));
      return;
    }
    const isLost = this.mood === 'away' || this.mood === 'failing';
    const isAnswered = !isLost && (this.mood !== 'forgetful' || random.chance(0.5));
    if (!isLost) {
      this.stored.push(...records);
      for (const { headers } of records) {
        const id = headers.ce_id ?? '';
        this.storedMs.set(id, this.storedMs.get(id) ?? this.#world.now());
      }
    }
    after(random.between(1, isAnswered ? 5 : 500), () => done(isAnswered));
  }
}
