import { describe, expect, test } from 'vitest';
import {
  isFinal,
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

const authentication = (words: string) => new RabbitMqError('authentication', words);
const protocol = (cause: Error) => new RabbitMqError('protocol', 'x', { cause });
const untrusted = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });

test.each<[string, unknown, boolean]>([
  ['a wrong password', authentication('refused the login'), true],
  ['a virtual host that is not there', authentication("NOT_ALLOWED - vhost 'a' not found"), true],
  [
    'a virtual host that is full',
    authentication("access to vhost 'a' refused: connection limit (1) is reached"),
    false,
  ],
  ['a queue that is not there', protocol(new Error(text)), true],
  [
    'a queue that is exclusive',
    protocol(new Error('405 (RESOURCE-LOCKED) with message "cannot obtain exclusive access"')),
    false,
  ],
  ['a certificate', new RabbitMqError('connection', 'x', { cause: untrusted }), true],
  ['a server that is unavailable', new RabbitMqError('connection', 'connect ECONNREFUSED'), false],
  ['nothing', undefined, false],
])('whether it passes by itself: %s', (_, error, final) => {
  expect(isFinal(error)).toBe(final);
});
