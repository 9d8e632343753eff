import { sliceOne } from '../../src/webhook/json-slices.ts';
import { type EventSlice, readElement } from '../../src/webhook/read-element.ts';

/** An event as the receiver reads it. */
export function eventSlice(json: string): EventSlice {
  const slice = sliceOne(Buffer.from(json));
  const element = slice && readElement(slice);
  if (typeof element !== 'object') {
    throw new TypeError(`${element ?? 'not_json'}: ${json}`);
  }
  return element;
}
