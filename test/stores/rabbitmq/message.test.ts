import type { Message } from 'amqplib';
import { describe, expect, test } from 'vitest';
import { readHeaders, toMessage } from '../../../src/stores/rabbitmq/publish-batch.ts';

const value = Buffer.from('{"a":1.0}');
const headers = {
  ce_id: 'id',
  'content-type': 'application/json',
  'received-at': '2026-01-02T03:04:05.678Z',
};
const record = { topic: 't', key: 'entity', value, headers };

describe('toMessage', () => {
  test('is persistent and mandatory, with the same bytes and headers', () => {
    expect(toMessage(record, { kind: 'queue', name: 'q' })).toEqual({
      ...{ exchange: '', routingKey: 'q', content: value },
      options: {
        ...{ persistent: true, mandatory: true, headers, messageId: 'id', contentType: 'application/json' },
        timestamp: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
      },
    });
  });

  test('goes to an exchange with the key', () => {
    const target = { kind: 'exchange', name: 'e' } as const;
    expect(toMessage(record, target)).toMatchObject({ exchange: 'e', routingKey: 'entity' });
    expect(toMessage({ ...record, key: null }, target)?.routingKey).toBe('');
  });

  test.each(['k'.repeat(255), `${'ü'.repeat(127)}k`])(
    'has none for a key that AMQP cannot route by',
    (longest) => {
      expect(toMessage({ ...record, key: longest }, { kind: 'exchange', name: 'e' })).toBeDefined();
      const key = `${longest}k`;
      expect(toMessage({ ...record, key }, { kind: 'exchange', name: 'e' })).toBeUndefined();
      expect(toMessage({ ...record, key }, { kind: 'queue', name: 'q' })).toBeDefined();
    },
  );

  test('skips an id that is too long for AMQP, and a time that is none', () => {
    const odd = { ce_id: 'i'.repeat(256), 'received-at': 'yesterday' };
    const message = toMessage({ ...record, headers: odd }, { kind: 'queue', name: 'q' });
    expect(message?.options).toEqual({ persistent: true, mandatory: true, headers: odd });
  });
});

test('readHeaders gives text, and nothing else that a message may carry', () => {
  const properties = { headers: { ce_id: 'a', 'x-delivery-count': 3, 'x-death': [] } };
  expect(readHeaders({ properties } as unknown as Message)).toEqual({ ce_id: 'a' });
  expect(readHeaders({ properties: {} } as unknown as Message)).toEqual({});
});
