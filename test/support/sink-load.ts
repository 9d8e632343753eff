import type { Sink } from '../../src/sink/sink.ts';
import { SinkError } from '../../src/sink/sink-error.ts';
import type { StoredRecord } from './kafka/read-topic.ts';
import { createRecord } from './kafka-sink.ts';

/** One record that the sink said is stored. */
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
  /** Resolves when every append under way is settled. */
  stop(): Promise<void>;
}

export interface SinkLoadOptions {
  readonly sink: Sink;
  readonly topic: string;
  /** Each key has a sender of its own, which waits for each answer and repeats what was refused. */
  readonly keys: readonly string[];
  readonly budgetMs: number;
  /** Pause of a sender between answers. */
  readonly pauseMs?: number;
}

export function startSinkLoad({ sink, topic, keys, budgetMs, pauseMs = 5 }: SinkLoadOptions): SinkLoad {
  const acknowledged: Acknowledged[] = [];
  const refused: Refused[] = [];
  let running = true;

  async function run(key: string): Promise<void> {
    while (running) {
      const record = createRecord(topic, key, 200);
      await deliver(key, record);
      await pause(pauseMs);
    }
  }

  async function deliver(key: string, record: ReturnType<typeof createRecord>): Promise<void> {
    while (running) {
      const startedAt = Date.now();
      try {
        await sink.append([record], startedAt + budgetMs);
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
        await pause(20);
      }
    }
  }

  const senders = Promise.all(keys.map(run));
  return {
    acknowledged,
    refused,
    async stop() {
      running = false;
      await senders;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Acknowledged records that the topic does not have, byte for byte, in the partition of their key. */
export function findMissing(load: SinkLoad, stored: readonly StoredRecord[]): readonly Acknowledged[] {
  const values = new Set(stored.map(({ key, value }) => `${key?.toString()} ${value?.toString()}`));
  return load.acknowledged.filter(({ key, value }) => !values.has(`${key} ${value.toString()}`));
}

/** Keys whose records, by their first occurrence, do not stand in the order in which they were acknowledged. */
export function findDisorder(load: SinkLoad, stored: readonly StoredRecord[]): readonly string[] {
  const positions = new Map<string, number>();
  const sorted = [...stored].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
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
