import { setTimeout as delay } from 'node:timers/promises';
import { type Sink, SinkError, type SinkErrorCode } from '../../src/ports/sink.ts';
import { deadlineIn } from './deadline-in.ts';
import type { StoredRecord } from './kafka/read-topic.ts';
import { createRecord } from './kafka-sink.ts';

/** A record that the sink reported as stored. */
export interface Acknowledged {
  readonly key: string;
  readonly id: string;
  readonly value: Buffer;
  readonly at: number;
  readonly tookMs: number;
}

export interface Refused {
  readonly key: string;
  readonly code: string;
  readonly at: number;
  readonly tookMs: number;
}

export interface SinkLoad {
  readonly acknowledged: readonly Acknowledged[];
  readonly refused: readonly Refused[];
  /** Resolves when all pending appends have settled. */
  stop(): Promise<void>;
}

export interface SinkLoadOptions {
  readonly sink: Sink;
  readonly topic: string;
  /** Keys of the records. Each key has its own sender, which waits for each result and retries rejected records. */
  readonly keys: readonly string[];
  readonly budgetMs: number;
  /** Pause between two records of a sender. */
  readonly pauseMs?: number;
}

export function startSinkLoad({ sink, topic, keys, budgetMs, pauseMs = 5 }: SinkLoadOptions): SinkLoad {
  const acknowledged: Acknowledged[] = [];
  const refused: Refused[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(key: string): Promise<void> {
    while (!signal.aborted) {
      const record = createRecord(topic, key, 200);
      await deliver(key, record);
      await delay(pauseMs);
    }
  }

  async function deliver(key: string, record: ReturnType<typeof createRecord>): Promise<void> {
    while (!signal.aborted) {
      const startedAt = Date.now();
      try {
        await sink.append([record], deadlineIn(budgetMs));
        const { value, headers } = record;
        acknowledged.push({
          key,
          id: headers.ce_id as string,
          value,
          at: Date.now(),
          tookMs: Date.now() - startedAt,
        });
        return;
      } catch (error) {
        if (!(error instanceof SinkError)) {
          throw error;
        }
        refused.push({ key, code: error.code, at: Date.now(), tookMs: Date.now() - startedAt });
        await delay(20);
      }
    }
  }

  const senders = Promise.all(keys.map(run));
  return {
    acknowledged,
    refused,
    async stop() {
      stopping.abort();
      await senders;
    },
  };
}

/** An appended record, and the outcome of its append. */
export interface Offer {
  readonly key: string;
  readonly at: number;
  /** Outcome. `undefined` until the append settles. */
  outcome?: { readonly code: 'stored' | SinkErrorCode; readonly tookMs: number };
}

export interface OpenLoad extends SinkLoad {
  readonly offers: readonly Offer[];
}

export interface OpenLoadOptions extends Omit<SinkLoadOptions, 'pauseMs'> {
  /** Interval at which a record of every key is appended, whether or not the previous append has settled. */
  readonly intervalMs: number;
}

/**
 * Appends records at a fixed rate. The rate does not depend on the machine's speed, so a stall delays the same number
 * of records on every machine.
 */
export function startOpenLoad(options: OpenLoadOptions): OpenLoad {
  const { sink, topic, keys, budgetMs, intervalMs } = options;
  const offers: Offer[] = [];
  const acknowledged: Acknowledged[] = [];
  const refused: Refused[] = [];
  const underWay = new Set<Promise<void>>();

  async function offer(key: string): Promise<void> {
    const record = createRecord(topic, key, 200);
    const made: Offer = { key, at: Date.now() };
    offers.push(made);
    try {
      await sink.append([record], deadlineIn(budgetMs));
      const { value, headers } = record;
      const tookMs = Date.now() - made.at;
      made.outcome = { code: 'stored', tookMs };
      acknowledged.push({ key, id: headers.ce_id as string, value, at: Date.now(), tookMs });
    } catch (error) {
      if (!(error instanceof SinkError)) {
        throw error;
      }
      const tookMs = Date.now() - made.at;
      made.outcome = { code: error.code, tookMs };
      refused.push({ key, code: error.code, at: Date.now(), tookMs });
    }
  }

  const timer = setInterval(() => {
    for (const key of keys) {
      const offering = offer(key).finally(() => underWay.delete(offering));
      underWay.add(offering);
    }
  }, intervalMs);

  return {
    offers,
    acknowledged,
    refused,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** Finds acknowledged records that are missing from the partition of their key or have different contents. */
export function findMissing(load: SinkLoad, stored: readonly StoredRecord[]): readonly Acknowledged[] {
  const values = new Set(stored.map(({ key, value }) => `${key?.toString()} ${value?.toString()}`));
  return load.acknowledged.filter(({ key, value }) => !values.has(`${key} ${value.toString()}`));
}

/** Finds keys whose records, counted by first occurrence, are not in the order of their acknowledgement. */
export function findDisorder(load: SinkLoad, stored: readonly StoredRecord[]): readonly string[] {
  const positions = new Map<string, number>();
  const sorted = stored.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  for (const [position, { value }] of sorted.entries()) {
    const id = (JSON.parse(value?.toString() ?? '{}') as { id: string }).id;
    if (!positions.has(id)) {
      positions.set(id, position);
    }
  }
  const latest = new Map<string, number>();
  const disordered = new Set<string>();
  for (const { key, id } of load.acknowledged) {
    const position = positions.get(id) ?? Number.NaN;
    if (!(position > (latest.get(key) ?? -1))) {
      disordered.add(key);
    }
    latest.set(key, position);
  }
  return [...disordered];
}
