import type { LogReset } from '../../filter/decide-start.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import { MinuteCounts } from './minute-counts.ts';
import type { FilterReport } from './status-report.ts';

/** Window over which the average is calculated, in minutes. */
const averagingWindowMinutes = 5;

/** Remembers how many records the filter processed in the last minutes, and when a topic last lost records. */
export class FilterHistory {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #minutes: MinuteCounts<{ records: number }>;
  lastReset: FilterReport['lastReset'];

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.#clock = clock;
    this.#minutes = new MinuteCounts(clock, averagingWindowMinutes, () => ({ records: 0 }));
  }

  committed(records: number): void {
    this.#minutes.current().records += records;
  }

  reset(partition: number, { reason }: Pick<LogReset, 'reason'>): void {
    this.lastReset = { at: toIso(this.#clock.epochMs()), partition, reason };
  }

  /** Average number of records per minute over the last minutes. */
  recordsPerMinute(): number {
    return Math.round(this.#minutes.averagePerMinute(averagingWindowMinutes, ({ records }) => records));
  }
}
