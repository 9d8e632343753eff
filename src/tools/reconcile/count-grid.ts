import { type CountedName, countedNames, type MessageCounts } from '../provider/messages/message-schemas.ts';

/** Maps each event name to the member that contains its count in the provider's response. */
const countMemberByEvent = {
  'message.sentRequest': 'attempted',
  'message.sent': 'success',
  'message.delivered': 'delivered',
  'message.read': 'read',
  'message.failed': 'undeliverable',
  'message.expired': 'expired',
  'message.inbound': 'inbound',
} as const satisfies Readonly<Record<CountedName, keyof MessageCounts>>;

/**
 * All counted names except `message.sentRequest`, because the provider may count an attempt once for each message or
 * once for each channel.
 */
export const defaultCountedNames: readonly CountedName[] = countedNames.slice(1);

export const hourMs = 3_600_000;
/** Channel under which events without a channel are counted. */
export const unknownChannel = '';

/** Hourly counts of one event name and channel. */
export interface CountRow {
  readonly provider: Float64Array;
  readonly stored: Float64Array;
  /** Stored events close to the start of the hour, which the provider may count in the previous hour. */
  readonly nearStart: Float64Array;
  /** Stored events close to the end of the hour, which the provider may count in the next hour. */
  readonly nearEnd: Float64Array;
}

interface CountPeriod {
  /** Start of an hour, epoch milliseconds. */
  readonly fromMs: number;
  /** End of an hour. */
  readonly toMs: number;
  /**
   * An event may count in either of two hours if it occurred within this time of the border between them. At most half
   * an hour.
   */
  readonly toleranceMs: number;
  readonly names: readonly CountedName[];
}

/**
 * The provider's counts and the stored events, by name, channel and hour. It includes one extra hour before and after the period,
 * because events near the border may count in the neighbouring hour.
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

  /** Returns the rows of a name, by channel. */
  rowsOf(name: CountedName): ReadonlyMap<string, CountRow> {
    return this.#rows.get(name) ?? new Map();
  }

  /** Whether an event with this name and time is part of the comparison. */
  includes(name: string, timeMs: number): boolean {
    return this.#rows.has(name) && timeMs >= this.startMs && timeMs < this.endMs;
  }

  /** Counts a stored event. @param timeMs time at which it occurred, epoch milliseconds */
  addStored(name: string, channel: string, timeMs: number): void {
    const row = this.#rowOf(name, channel);
    const hour = Math.floor((timeMs - this.startMs) / hourMs);
    const msIntoHour = timeMs - this.startMs - hour * hourMs;
    add(row.stored, hour, 1);
    add(row.nearStart, hour, msIntoHour < this.#toleranceMs ? 1 : 0);
    add(row.nearEnd, hour, msIntoHour >= hourMs - this.#toleranceMs ? 1 : 0);
  }

  addCounts(counts: MessageCounts): void {
    const hour = (counts.startMs - this.startMs) / hourMs;
    for (const name of this.names) {
      const count = counts[countMemberByEvent[name]];
      const channels = typeof count === 'number' ? [[unknownChannel, count] as const] : count;
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
  const createColumn = () => new Float64Array(hours);
  return {
    provider: createColumn(),
    stored: createColumn(),
    nearStart: createColumn(),
    nearEnd: createColumn(),
  };
}

export function add(column: Float64Array, at: number, amount: number): void {
  column[at] = (column[at] ?? 0) + amount;
}
