import { describe, expect, test } from 'vitest';
import { formatRabbitMqAddress, parseRabbitMqUrls } from '../../src/config/rabbitmq-url.ts';

const secret = 'p%40ss%2Fw%C3%B6rd';

describe('parseRabbitMqUrls', () => {
  test('takes users, ports and virtual hosts apart, and decodes them', () => {
    expect(parseRabbitMqUrls(`amqps://me:${secret}@mq.example.com/%2Fteam , amqps://[::1]:5673`)).toEqual([
      {
        ...{ host: 'mq.example.com', port: 5671, isTls: true, virtualHost: '/team' },
        ...{ username: 'me', password: 'p@ss/wörd' },
      },
      { host: '::1', port: 5673, isTls: true, virtualHost: '/', username: 'guest', password: 'guest' },
    ]);
    expect(parseRabbitMqUrls('amqp://a')).toMatchObject([{ port: 5672, isTls: false, virtualHost: '/' }]);
  });

  test.each([
    ['', 'empty part'],
    ['amqp://a,', 'empty part'],
    ['a:5672', 'is not amqp://'],
    [`http://me:${secret}@a`, 'is not amqp://'],
    [`amqp://me:${secret}@a:port`, 'percent-encoded'],
    [`amqp://me:${secret}@`, 'is not amqp://'],
    ['amqp://', 'names no host'],
    [`amqp://me:${secret}@a?heartbeat=1`, '"?"'],
    [`amqp://me:${secret}@a/#x`, '"#"'],
    ['amqp://me:%zz@a', 'percent-encoded properly'],
    ['amqp://a,amqps://b', 'mixes'],
  ])('says what is wrong with %j, without its password', (text, part) => {
    const fault = parseRabbitMqUrls(text);
    expect(fault).toContain(part);
    expect(fault).not.toContain(secret);
  });
});

test.each([
  [`amqp://me:${secret}@a:1/v%2Fh`, 'amqp://a:1/v%2Fh'],
  [`amqps://me:${secret}@[::1]`, 'amqps://[::1]:5671'],
])('formatRabbitMqAddress shows %s without user and password', (text, shown) => {
  const [address] = parseRabbitMqUrls(text);
  expect(formatRabbitMqAddress(address as Exclude<typeof address, string | undefined>)).toBe(shown);
});
