import { EventFields, type EventSlice } from '../../src/webhook/event-fields.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { readElement } from '../../src/webhook/read-element.ts';

const defaultRules = parseKeyRules(defaultKeyRulesText) as KeyRules;

/** Reads an event as the receiver does. */
export function eventSlice(json: string, rules = defaultRules): EventSlice {
  const element = readElement(Buffer.from(json), new EventFields(rules));
  if (typeof element === 'string') {
    throw new TypeError(`${element}: ${json}`);
  }
  return element;
}
