import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import type { StoreKind } from '../../../src/config/stores.ts';
import { describeStore } from '../../real-stores/contract/describe-store.ts';
import type { Place, ServedStore } from '../../real-stores/contract/served-store.ts';
import { keptIn } from './toy-store.ts';

/** A minimal store for the contract tests. It stores events, and its fault actions are not implemented yet. */
async function open(name: string): Promise<ServedStore> {
  const notWritten = () => Promise.reject(new Error('nobody has written this yet'));
  const fault = { begin: notWritten, end: notWritten };
  function namePlace(): Place {
    const events = `${name}-${randomUUID()}`;
    return { env: { TOY_NAME: events, TOY_TOPIC: events }, events, deadLetter: `${events}.dead-letter` };
  }
  return {
    ...{
      parts: 1,
      tooLargeBytes: undefined,
      password: undefined,
      wrongSettings: [],
      nowhere: { TOY_NAME: 'nowhere' },
    },
    faults: { 'is killed': fault, hangs: fault, 'has its connections cut': fault },
    namePlace,
    createPlace: async () => namePlace(),
    read: async ({ env }, topic) =>
      keptIn(env.TOY_NAME ?? '')
        .filter((record) => record.topic === topic)
        .map(({ key, value, headers }, offset) => ({
          ...{ partition: 0, offset, timestampMs: 0, value, headers },
          key: key === null ? null : Buffer.from(key),
        })),
    stop: async () => {},
  };
}

describe.each(['whole', 'broken'])('%s', (name) => describeStore('toy' as StoreKind, () => open(name)));
