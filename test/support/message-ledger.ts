import { toIso } from '../../src/runtime/format.ts';
import type { SimulatedEvent } from '../../src/tools/provider/simulator/event-source.ts';

/** A state change of a message. */
export interface LedgerEvent {
  readonly messageId: string;
  /** Name of the event, for example `message.sent`. The ledger ignores names that it does not know. */
  readonly name: string;
  readonly channel: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

interface LedgerMessage {
  status: string;
  updatedMs: number;
}

/** Message states, from the earliest to the latest. */
const ranks = ['processing', 'sent', 'delivered', 'read', 'expired', 'failed'];

/**
 * The state in which the provider counts a message after each event, by channel. This table is independent of the table
 * of `reconcile`, because tests compare the two tables.
 */
const counted: Readonly<Record<string, string>> = {
  'message.sent': 'success',
  'message.delivered': 'delivered',
  'message.read': 'read',
  'message.failed': 'undeliverable',
  'message.expired': 'expired',
  'message.inbound': 'inbound',
};

const hourMs = 3_600_000;

/**
 * The provider's record of all state changes of messages, including those that were never delivered to the receiver.
 * The ledger returns them in the format of the provider's API.
 */
export class MessageLedger {
  readonly messages = new Map<string, LedgerMessage>();
  readonly #hours = new Map<number, Record<string, unknown>>();

  /** Records a state change. State changes can be recorded in any order. */
  record({ messageId, name, channel, atMs }: LedgerEvent): void {
    this.#count(name, channel, atMs);
    const status = name === 'message.sentRequest' ? 'processing' : name.replace('message.', '');
    const rank = ranks.indexOf(status);
    const known = this.messages.get(messageId);
    if (rank > ranks.indexOf(known?.status ?? '')) {
      this.messages.set(messageId, { status, updatedMs: atMs });
    }
  }

  recordSimulated({ json }: SimulatedEvent): void {
    const { name, payload, timestamp } = JSON.parse(json);
    if (name.startsWith('message.')) {
      const { messageId, details } = payload;
      this.record({ messageId, name, channel: details.channel, atMs: Date.parse(timestamp) });
    }
  }

  clear(): void {
    this.messages.clear();
    this.#hours.clear();
  }

  show(messageId: string): object | undefined {
    const message = this.messages.get(messageId);
    return message && { messageId, status: message.status, _updatedOn: toIso(message.updatedMs) };
  }

  /** Returns the counts for the hours with state changes, in the format of the provider. */
  showHours(fromMs: number, toMs: number): object[] {
    return [...this.#hours]
      .filter(([startMs]) => startMs >= fromMs && startMs < toMs)
      .map(([startMs, counts]) => ({ date: toIso(startMs), dateUtc: toIso(startMs), ...counts }));
  }

  #count(name: string, channel: string, atMs: number): void {
    const startMs = Math.floor(atMs / hourMs) * hourMs;
    const hour = this.#hours.get(startMs) ?? { attempted: 0, failed: 0 };
    const member = counted[name];
    if (name === 'message.sentRequest') {
      hour.attempted = Number(hour.attempted) + 1;
    } else if (member !== undefined) {
      const channels = { ...(hour[member] as Record<string, number>) };
      channels[channel] = (channels[channel] ?? 0) + 1;
      hour[member] = channels;
    } else {
      return;
    }
    this.#hours.set(startMs, hour);
  }
}
