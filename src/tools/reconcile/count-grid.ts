import { type CountedName, countedNames, type MessageCounts } from '../provider/messages/message-schemas.ts';

/** What the provider counts, beside the event that tells the same. */
const members = {
  'message.sentRequest': 'attempted',
  'message.sent': 'success',
  'message.delivered': 'delivered',
  'message.read': 'read',
  'message.failed': 'undeliverable',
  'message.expired': 'expired',
  'message.inbound': 'inbound',
} as const satisfies Readonly<Record<CountedName, keyof MessageCounts>>;

/** Without `message.sentRequest`: whether the provider counts an attempt once for a message, or for each channel, is not known. */
export const usualNames: readonly CountedName[] = countedNames.slice(1);

export const hourMs = 3_600_000;
/** The channel of an event that names none. */
export const noChannel = '';

/** Counts of one name and channel by hour. */
export interface CountRow {
  readonly provider: Float64Array;
  readonly stored: Float64Array;
  /** Stored events so soon after the start of the hour that the provider may count them in the one before. */
  readonly nearStart: Float64Array;
  /** The same before the end of the hour. */
  readonly nearEnd: Float64Array;
}

interface CountPeriod {
  /** Start of an hour, epoch milliseconds. */
  readonly fromMs: number;
  /** End of an hour. */
  readonly toMs: number;
  /** Up to half an hour: nobody could tell to which hour an event belongs. */
  readonly toleranceMs: number;
  readonly names: readonly CountedName[];
}

/**
 * What was counted and what is stored, by name, channel and hour. It has an hour more at either end of the period: one may lend
 * events to its neighbours.
 */
export class CountGrid {
  readonly startMs: number;
  readonly endMs: number;
  readonly hours: number;
  readonly #toleranceMs: number;
  readonly #rows: ReadonlyMap<string, Map<string, CountRow>>;

  constructor({ fromMs, toMs, toleranceMs, names }: CountPeriod) {
    this.startMs = fromMs - hourMs;
    this.endMs = toMs + hourMs;
    this.hours = (this.endMs - this.startMs) / hourMs;
    this.#toleranceMs = toleranceMs;
    this.#rows = new Map(names.map((name) => [name, new Map()]));
  }

  get names(): readonly CountedName[] {
    return [...this.#rows.keys()] as CountedName[];
  }

  /** The rows of a name, by channel. */
  rowsOf(name: CountedName): ReadonlyMap<string, CountRow> {
    return this.#rows.get(name) ?? new Map();
  }

  /** Whether an event is one that is compared. */
  takes(name: string, timeMs: number): boolean {
    return this.#rows.has(name) && timeMs >= this.startMs && timeMs < this.endMs;
  }

  /** @param timeMs when it occurred, epoch milliseconds */
  addStored(name: string, channel: string, timeMs: number): void {
    const row = this.#rowOf(name, channel);
    const hour = Math.floor((timeMs - this.startMs) / hourMs);
    const intoHourMs = timeMs - this.startMs - hour * hourMs;
    add(row.stored, hour, 1);
    add(row.nearStart, hour, intoHourMs < this.#toleranceMs ? 1 : 0);
    add(row.nearEnd, hour, intoHourMs >= hourMs - this.#toleranceMs ? 1 : 0);
  }

  addCounts(counts: MessageCounts): void {
    const hour = (counts.startMs - this.startMs) / hourMs;
    for (const name of this.names) {
      const count = counts[members[name]];
      const channels = typeof count === 'number' ? [[noChannel, count] as const] : count;
      for (const [channel, number] of channels) {
        if (number > 0) {
          add(this.#rowOf(name, channel).provider, hour, number);
        }
      }
    }
  }

  #rowOf(name: string, given: string): CountRow {
    const rows = this.#rows.get(name) ?? new Map<string, CountRow>();
    const channel = given.toLowerCase();
    const row = rows.get(channel) ?? createRow(this.hours);
    rows.set(channel, row);
    return row;
  }
}

export function createRow(hours: number): CountRow {
  const column = () => new Float64Array(hours);
  return { provider: column(), stored: column(), nearStart: column(), nearEnd: column() };
}

export function add(column: Float64Array, at: number, amount: number): void {
  column[at] = (column[at] ?? 0) + amount;
}
