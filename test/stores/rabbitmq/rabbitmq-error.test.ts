import { describe, expect, test } from 'vitest';
import {
  RabbitMqError,
  readReplyCode,
  readReplyText,
  toRabbitMqError,
} from '../../../src/stores/rabbitmq/rabbitmq-error.ts';

const text =
  "Operation failed: QueueDeclare; 404 (NOT-FOUND) with message \"NOT_FOUND - no queue 'a' in vhost '/'\"";

describe('a reply of the server', () => {
  test('has its code in a field, or in the text', () => {
    expect(readReplyCode(new Error(text))).toBe(404);
    expect(readReplyCode(Object.assign(new Error('closed'), { code: 406 }))).toBe(406);
    expect(readReplyCode(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toBeUndefined();
  });

  test('has its own words inside those of the client', () => {
    expect(readReplyText(new Error(text))).toBe("NOT_FOUND - no queue 'a' in vhost '/'");
    expect(readReplyText(new Error('Heartbeat timeout'))).toBe('Heartbeat timeout');
  });
});

test('toRabbitMqError keeps an error that has a reason', () => {
  const timeout = new RabbitMqError('timeout', 'late');
  expect(toRabbitMqError(timeout)).toBe(timeout);
  expect(toRabbitMqError(new Error(text))).toMatchObject({
    reason: 'protocol',
    message: "NOT_FOUND - no queue 'a' in vhost '/'",
  });
});
