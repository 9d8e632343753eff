import type { SinkRecord } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { World } from '../world/world.ts';
import type { Life } from './life.ts';
import type { Lives } from './lives.ts';

/** One attempt to store a record. */
export interface Attempt {
  readonly id: string;
  readonly key: string;
  readonly life: Life;
  readonly sentMs: number;
  /** Time of the acknowledgement. */
  storedMs: number | undefined;
  /**
   * Whether the record may be stored before earlier records, because there are two paths to the store. An
   * unacknowledged record may also be in the journal of a process that had not yet noticed a takeover by another
   * process.
   */
  mayOvertake: boolean;
  /** Whether the store has a reason to reject this record or another record of the same delivery. */
  readonly mayBeRefused: boolean;
}

interface DeliveriesDeps {
  readonly world: World;
  readonly lives: Lives;
  readonly createRecord: (id: string, key: string) => SinkRecord;
  /**
   * Whether records can bypass the directory and be stored elsewhere, so that a record on one path may overtake a
   * record on the other path.
   */
  readonly hasOtherWay: boolean;
  /** Returns the number of records in the next delivery. */
  readonly nextBatchSize: () => number;
  readonly isOdd: (record: SinkRecord) => boolean;
}

const budgetMs = 5_000;
/** Tolerance in milliseconds for appends that settle after their deadline. */
const lateMs = 100;
const keys = ['k0', 'k1', 'k2', 'k3', 'k4'];
const retryDelaysMs = [1_000, 10_000];

/** Sends records as a provider does, with a limited number of retries for unacknowledged records. */
export class Deliveries {
  readonly attempts: Attempt[] = [];
  readonly lateAnswers: string[] = [];
  readonly #deps: DeliveriesDeps;
  #lastOf = new Map<string, number>();
  #isOver = false;

  constructor(deps: DeliveriesDeps) {
    this.#deps = deps;
  }

  begin(): void {
    const { world, lives } = this.#deps;
    if (!this.#isOver) {
      const serving = lives.running.filter(({ isServing }) => isServing);
      if (serving.length > 0) {
        this.#repeat(this.#createRecords(), world.random.pick(serving), 0);
      }
      world.after(world.random.between(1, world.random.pick([30, 400])), () => this.begin());
    }
  }

  end(): void {
    this.#isOver = true;
  }

  /** Sends one delivery. @param onEnd called with `true` if the delivery was acknowledged */
  sendOne(life: Life, onEnd: (isStored: boolean) => void): void {
    this.#send(this.#createRecords(), life, onEnd);
  }

  #repeat(records: readonly SinkRecord[], life: Life, failures: number): void {
    const { world, lives } = this.#deps;
    this.#send(records, life, (isStored) => {
      const delayMs = retryDelaysMs[failures];
      if (!isStored && delayMs !== undefined) {
        world.after(delayMs, () => {
          const serving = lives.running.filter(({ isServing }) => isServing);
          if (serving.length > 0 && !this.#isOver) {
            this.#repeat(records, world.random.pick(serving), failures + 1);
          }
        });
      }
    });
  }

  #send(records: readonly SinkRecord[], life: Life, onEnd: (isStored: boolean) => void): void {
    const { world, hasOtherWay, isOdd } = this.#deps;
    const sentMs = world.now();
    const mayBeRefused = records.some(isOdd);
    const sent = records.map((record): Attempt => {
      const [id, key] = [record.headers.ce_id ?? '', record.key ?? ''];
      return { id, key, life, sentMs, storedMs: undefined, mayOvertake: hasOtherWay, mayBeRefused };
    });
    this.attempts.push(...sent);
    let hasEnded = false;
    const end = (isStored: boolean) => {
      if (!hasEnded) {
        hasEnded = true;
        for (const attempt of sent) {
          attempt.mayOvertake ||= !isStored;
        }
        const ids = records.map(({ headers }) => headers.ce_id).join(' ');
        world.note(
          life.name,
          `${isStored ? 'acknowledges' : 'does not acknowledge'} ${records.length}`,
          () => ids,
        );
        onEnd(isStored);
      }
    };
    world.after(budgetMs + lateMs, () => {
      if (!hasEnded && life.isAlive) {
        this.lateAnswers.push(`${life.name} has no answer to what was sent at ${sentMs} ms`);
      }
      end(false);
    });
    void life.run(async () => {
      try {
        const deadline = systemClock.now() + budgetMs;
        const exceptions = (await life.sink?.append(records, deadline)) ?? [];
        // A spooled record counts as acknowledged. A rejected record is acknowledged only as a dead letter, which is
        // not checked here.
        const rejected = new Set(
          exceptions.filter(({ reason }) => reason !== 'spooled').map(({ index }) => index),
        );
        for (const [index, attempt] of life.isAlive ? sent.entries() : []) {
          attempt.storedMs = rejected.has(index) ? undefined : world.now();
        }
        end(life.isAlive);
      } catch {
        end(false);
      }
    });
  }

  #createRecords(): SinkRecord[] {
    const { world, createRecord, nextBatchSize } = this.#deps;
    return Array.from({ length: nextBatchSize() }, () => {
      const key = world.random.pick(keys);
      const number = (this.#lastOf.get(key) ?? 0) + 1;
      this.#lastOf.set(key, number);
      return createRecord(`${key}-${number}`, key);
    });
  }
}
