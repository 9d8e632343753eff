import { describe, expect, test } from 'vitest';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { createDelivery } from '../traffic/create-delivery.ts';
import { judgeStore } from './judge-store.ts';

const unsigned = createDelivery(0);
const signed = createDelivery(3);

describe('the store', () => {
  const record = (text: string): StoredRecord => ({
    ...{ partition: 0, offset: 0, timestampMs: 0, headers: {}, key: null },
    value: Buffer.from(text),
  });
  const store = (events: readonly string[], deadLetters: readonly string[]) =>
    new Map([
      ['comapi.events', events.map(record)],
      ['comapi.events.dead-letter', deadLetters.map(record)],
    ]);
  const { events, deadLetters } = signed;
  const [last = ''] = events.slice(-1);

  test('holds all that was acknowledged', () => {
    expect(judgeStore([signed], [signed], store(events, deadLetters))).toEqual({ lost: [], unknown: [] });
  });

  test('lost an event, a dead letter, or a byte of one', () => {
    const { lost } = judgeStore([signed], [signed], store(events.slice(0, -1), deadLetters.slice(1)));
    expect(lost).toEqual([last, deadLetters[0]]);
    const changed = [...events.slice(0, -1), `${last} `];
    expect(judgeStore([signed], [signed], store(changed, deadLetters))).toEqual({
      lost: [last],
      unknown: [`${last} `],
    });
  });

  test('may hold what was refused, and nothing that was not signed', () => {
    expect(judgeStore([signed], [], store(events, deadLetters))).toEqual({ lost: [], unknown: [] });
    expect(judgeStore([unsigned], [], store(unsigned.events, [])).unknown).toEqual(unsigned.events);
  });
});
