import { expect, test } from 'vitest';
import { createSampleEvent } from '../../../src/tools/provider/sample-event.ts';
import { findEventKey } from '../../../src/webhook/event-key.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { eventSlice } from '../../support/event-slice.ts';

test('has the name that was requested, and a key of its own', () => {
  const keyRules = parseKeyRules(defaultKeyRulesText) as KeyRules;
  const keys = ['message.sent', 'message.read'].map((name) => {
    const event = createSampleEvent({ name });
    expect(event).toMatchObject({
      ...{ accountId: 1, name, revision: 1, etag: expect.stringMatching(/^"[\da-f]{8}"$/) },
      payload: { details: { channel: 'sms', additionalInfo: { successful: true } } },
    });
    return findEventKey(eventSlice(JSON.stringify(event), keyRules))?.key;
  });
  expect(new Set(keys).size).toBe(2);
  expect(keys).not.toContain(undefined);
});
