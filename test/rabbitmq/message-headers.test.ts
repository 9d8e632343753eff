import type { Message } from 'amqplib';
import { expect, test } from 'vitest';
import { readHeaders } from '../../src/rabbitmq/message-headers.ts';

test('readHeaders gives text, and nothing else that a message may carry', () => {
  const properties = { headers: { ce_id: 'a', 'x-delivery-count': 3, 'x-death': [] } };
  expect(readHeaders({ properties } as unknown as Message)).toEqual({ ce_id: 'a' });
  expect(readHeaders({ properties: {} } as unknown as Message)).toEqual({});
});
