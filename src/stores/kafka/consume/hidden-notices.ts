import { systemClock } from '../../../runtime/clock.ts';
import { describeHidden } from '../cluster/client/open-transaction.ts';
import type { FetchedPartition } from '../wire/fetch-codec.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

interface Seen {
  /** The last stable offset. */
  readonly from: number;
  readonly sinceMs: number;
  isTold: boolean;
}

/** A transaction of the filter is over by then. */
const toldAfterMs = 3_000;

/** Says once, for somebody who follows, that a transaction stays open, and when it has ended. */
export class HiddenNotices {
  readonly #notice: (text: string) => void;
  readonly #seen = new Map<string, Seen>();

  constructor(notice: (text: string) => void) {
    this.#notice = notice;
  }

  see(
    { topic, partition }: TopicPartition,
    { lastStableOffset: from, highWatermark: to }: FetchedPartition,
  ): void {
    const name = `${topic}/${partition}`;
    const seen = this.#seen.get(name);
    if (seen?.from === from && from < to) {
      if (!seen.isTold && systemClock.now() - seen.sinceMs >= toldAfterMs) {
        seen.isTold = true;
        this.#notice(`Not all is shown. ${describeHidden({ topic, partition, from, to })}`);
      }
      return;
    }
    if (seen?.isTold === true) {
      this.#notice(
        `${name}: the transaction that was open since offset ${seen.from} has ended, and reading goes on.`,
      );
    }
    if (from < to) {
      this.#seen.set(name, { from, sinceMs: systemClock.now(), isTold: false });
    } else {
      this.#seen.delete(name);
    }
  }
}
