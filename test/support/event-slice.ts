import { EventFields, type EventSlice } from '../../src/webhook/event-fields.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { readElement } from '../../src/webhook/read-element.ts';

const defaultRules = parseKeyRules(defaultKeyRulesText) as KeyRules;

/** Parses an event in the same manner as the receiver. */
export function eventSlice(json: string, rules = defaultRules): EventSlice {
  const element = readElement(Buffer.from(json), new EventFields(rules));
  if (typeof element === 'string') {
    throw new TypeError(`${element}: ${json}`);
  }
  return element;
}
