import { type EventSlice, eventFieldsFor } from '../../src/webhook/event-fields.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { readElement } from '../../src/webhook/read-element.ts';

const defaultRules = parseKeyRules(defaultKeyRulesText) as KeyRules;

/** An event as the receiver reads it. It holds until the next one is read with the same rules. */
export function eventSlice(json: string, rules = defaultRules): EventSlice {
  const element = readElement(Buffer.from(json), eventFieldsFor(rules));
  if (typeof element === 'string') {
    throw new TypeError(`${element}: ${json}`);
  }
  return element;
}
