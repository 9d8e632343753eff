import { expect, test } from 'vitest';
import { toFamilyLabel } from '../../src/revisions/to-family-label.ts';

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
