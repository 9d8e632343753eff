import { expect, test } from 'vitest';
import { formatApplyResult, formatAvailableEvents } from '../../src/commands/register-output.ts';

const done = { name: 'crm', dryRun: false, deleting: false };
const change = { field: 'url', text: 'url: a → b' } as const;

test.each([
  [{ action: 'none', id: '1', changes: [], secretUnknown: false }, done, '"crm" (1): unchanged\n'],
  [
    { action: 'none', changes: [], secretUnknown: false },
    { ...done, deleting: true },
    '"crm": there is no such registration, nothing to delete\n',
  ],
  [
    { action: 'update', id: '1', changes: [change], secretUnknown: false },
    done,
    '"crm" (1): updated\n  url: a → b\n',
  ],
  [
    { action: 'create', changes: [], secretUnknown: false },
    { ...done, dryRun: true },
    '"crm": would be created\n',
  ],
  [
    { action: 'none', id: '1', changes: [], secretUnknown: true },
    done,
    '"crm" (1): unchanged\n  secret: the provider does not show which one it has; --set-secret writes it\n',
  ],
] as const)('%j', (result, context, text) => {
  expect(formatApplyResult(result, context)).toBe(text);
});

test('events are sorted, with their filters', () => {
  expect(
    formatAvailableEvents([
      {
        type: 'message.sent',
        description: 'Sent',
        filters: [{ name: 'channel', required: true }, { name: 'x' }],
      },
      { type: 'chat', filters: [] },
    ]),
  ).toBe('chat\nmessage.sent  Sent [filters: channel (required), x]\n');
});
