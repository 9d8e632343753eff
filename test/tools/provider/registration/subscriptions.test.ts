import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/runtime/errors.ts';
import {
  parseSubscription,
  resolveSubscriptions,
} from '../../../../src/tools/provider/registration/subscriptions.ts';

describe('parseSubscription', () => {
  test.each([
    ['message.sent', { type: 'message.sent', filters: [] }],
    ['message.*', { type: 'message.*', filters: [] }],
    ['*', { type: '*', filters: [] }],
    [
      'message.sent:channel=sms,a=b=c',
      {
        type: 'message.sent',
        filters: [
          { name: 'channel', value: 'sms' },
          { name: 'a', value: 'b=c' },
        ],
      },
    ],
  ])('%s', (text, subscription) => {
    expect(parseSubscription(text)).toEqual(subscription);
  });

  test.each(['', 'a b', 'mess*', 'a:', 'a:b', 'a:=b', 'a:b='])('refuses %j', (text) => {
    expect(() => parseSubscription(text)).toThrow(UsageError);
  });
});

describe('resolveSubscriptions', () => {
  const available = [
    { type: 'message.sent', filters: [{ name: 'channel' }] },
    { type: 'message.inbound', filters: [{ name: 'channel', required: true }] },
    { type: 'chat.closed', filters: [] },
  ];
  const channel = [{ name: 'channel', value: 'sms' }];

  test('replaces "*" by the events that there are', () => {
    const resolved = resolveSubscriptions(
      [
        { type: 'message.*', filters: channel },
        { type: 'chat.closed', filters: [] },
      ],
      available,
    );
    expect(resolved).toEqual([
      { type: 'message.sent', filters: channel },
      { type: 'message.inbound', filters: channel },
      { type: 'chat.closed', filters: [] },
    ]);
  });

  test.each([
    [[{ type: 'message.gone', filters: [] }], 'Similar events: message.sent, message.inbound.'],
    [[{ type: 'chat.closed', filters: channel }], 'has no filters: remove the filter channel'],
    [[{ type: 'message.inbound', filters: [] }], 'requires the filter channel'],
    [
      [
        { type: 'message.sent', filters: [] },
        { type: 'message.*', filters: channel },
      ],
      'message.sent is given twice',
    ],
  ])('refuses %j', (wanted, message) => {
    expect(() => resolveSubscriptions(wanted, available)).toThrow(message);
  });
});
