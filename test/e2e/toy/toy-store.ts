import { SinkError, type SinkRecord } from '../../../src/ports/sink.ts';
import { UsageError } from '../../../src/runtime/errors.ts';
import type { Store } from '../../../src/stores/store.ts';
import type { ToyConfig } from './toy-config.ts';

/** Implements the functions that commands need but the toy store does not support. */
function refuse(): never {
  throw new UsageError('a toy does not do that');
}

const kept = new Map<string, SinkRecord[]>();

export function keptIn(name: string): SinkRecord[] {
  const records = kept.get(name) ?? [];
  kept.set(name, records);
  return records;
}

/** Keeps events in memory, and prints them when the sink is closed. */
export function createToyStore({ name }: ToyConfig): Store {
  return {
    cannot: {},
    async createSink({ logger }) {
      return {
        async start() {},
        async append(records) {
          if (name.startsWith('broken')) {
            throw new SinkError('sink_unavailable', 'the toy is broken');
          }
          keptIn(name).push(...records);
          return [];
        },
        health: () => ({ up: true, detail: '' }),
        async close() {
          logger.info({ name, topics: keptIn(name).map(({ topic }) => topic) }, 'the toy is put away');
        },
      };
    },
    sinkStart: { timeoutMs: 1_000, advice: '' },
    openDeadLetters: async () => [],
    findReplayed: async () => new Set(),
    describe: () => [['store', `toy ${name}`]],
    check: async () => [],
    readRecords: refuse,
    eraseStates: refuse,
    ensureTopics: refuse,
    openFilter: refuse,
  };
}
