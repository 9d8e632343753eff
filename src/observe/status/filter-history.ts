import type { LogReset } from '../../filter/decide-start.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { FilterReport } from './status-report.ts';

const minuteMs = 60_000;
/** Window over which the average is calculated, in minutes. */
const averagedMinutes = 5;

/** Remembers how many records the filter processed in the last minutes, and when a topic last lost records. */
export class FilterHistory {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #startedMs: number;
  readonly #minutes = new Float64Array(averagedMinutes);
  readonly #records = new Float64Array(averagedMinutes);
  #reset: FilterReport['lastReset'];

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.#clock = clock;
    this.#startedMs = clock.epochMs();
  }

  committed(records: number): void {
    const minute = this.#minute();
    const row = minute % averagedMinutes;
    if (this.#minutes[row] !== minute) {
      this.#minutes[row] = minute;
      this.#records[row] = 0;
    }
    this.#records[row] = (this.#records[row] as number) + records;
  }

  reset(partition: number, { reason }: Pick<LogReset, 'reason'>): void {
    this.#reset = { at: toIso(this.#clock.epochMs()), partition, reason };
  }

  /**
   * Average number of records per minute over the last minutes. Shortly after the start, the average covers the time
   * since the start.
   */
  recordsPerMinute(): number {
    const oldest = this.#minute() - averagedMinutes + 1;
    const records = this.#records.reduce(
      (sum, count, row) => ((this.#minutes[row] as number) >= oldest ? sum + count : sum),
      0,
    );
    const elapsed = (this.#clock.epochMs() - this.#startedMs) / minuteMs;
    return Math.round(records / Math.min(averagedMinutes, Math.max(1, elapsed)));
  }

  lastReset(): FilterReport['lastReset'] {
    return this.#reset;
  }

  #minute(): number {
    return Math.floor(this.#clock.epochMs() / minuteMs);
  }
}
