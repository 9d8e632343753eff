import { expect, test } from 'vitest';
import { countOutcome, type OutcomeCounts, toFamilyLabel } from '../../src/filter/outcome-counts.ts';

test.each([
  ['message.delivered', 'message'],
  ['chatMessage.sent.x', 'chatMessage'],
  ['message', 'message'],
  ['messages.sent', 'other'],
  ['constructor', 'other'],
  ['', 'other'],
])('%j is of the family %s', (name, label) => {
  expect(toFamilyLabel(name)).toBe(label);
});

test('an event counts with its outcome and its family, and can be taken back', () => {
  const counts: OutcomeCounts = new Map();
  countOutcome(counts, 'forwarded', 'message.read');
  countOutcome(counts, 'forwarded', 'message.sent');
  countOutcome(counts, 'forwarded', 'chat.closed');
  countOutcome(counts, 'forwarded', 'message.sent', -1);
  expect(counts).toEqual(
    new Map([
      [
        'forwarded',
        new Map([
          ['message', 1],
          ['chat', 1],
        ]),
      ],
    ]),
  );
});
