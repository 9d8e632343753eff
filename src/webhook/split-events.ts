import { isUtf8 } from 'node:buffer';
import { sliceArrayElements, trimJson } from './json-slices.ts';
import type { VerifiedBody } from './verified-body.ts';

/** An element that is a JSON object. */
export interface EventSlice {
  /** The element's own bytes, a view into the body. */
  readonly bytes: Buffer;
  readonly event: Readonly<Record<string, unknown>>;
  readonly batchIndex: number;
}

/** Why bytes with a good signature hold no event that can be stored as one. */
export type UnusableReason = 'not_json' | 'not_object' | 'not_utf8' | 'too_many_events' | 'no_key';

/** What goes to the dead-letter topic. */
export interface UnusableSlice {
  readonly bytes: Buffer;
  readonly reason: UnusableReason;
  /** `undefined` when the bytes are the whole body. */
  readonly batchIndex?: number;
}

export interface SplitBody {
  readonly events: readonly EventSlice[];
  readonly unusable: readonly UnusableSlice[];
  /** Elements of the array; 1 for a single event or a body that cannot be split. */
  readonly batchSize: number;
}

/** The provider sends at most 500. A body beyond this bound is kept whole rather than made into that many records. */
export const maxEventsPerBody = 10_000;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** One slice of the original bytes per event. Never throws: what cannot be used is returned as unusable. */
export function splitEvents(body: VerifiedBody): SplitBody {
  const text = body.subarray(0, 3).equals(byteOrderMark) ? body.subarray(3) : body;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.toString('utf8'));
  } catch {
    return wholeBody(body, 'not_json');
  }
  if (!Array.isArray(parsed)) {
    const outcome = judgeElement(parsed, trimJson(text), isUtf8(text));
    return outcome.reason === undefined
      ? { events: [{ ...outcome, batchIndex: 0 }], unusable: [], batchSize: 1 }
      : wholeBody(body, outcome.reason);
  }
  if (parsed.length > maxEventsPerBody) {
    return wholeBody(body, 'too_many_events');
  }
  return splitArray(parsed, text);
}

function wholeBody(body: Buffer, reason: UnusableReason): SplitBody {
  return { events: [], unusable: [{ bytes: body, reason }], batchSize: 1 };
}

function splitArray(elements: readonly unknown[], text: Buffer): SplitBody {
  const slices = sliceArrayElements(text);
  const events: EventSlice[] = [];
  const unusable: UnusableSlice[] = [];
  const allUtf8 = isUtf8(text);
  for (const [batchIndex, bytes] of slices.entries()) {
    const outcome = judgeElement(elements[batchIndex], bytes, allUtf8);
    if (outcome.reason === undefined) {
      events.push({ bytes, event: outcome.event, batchIndex });
    } else {
      unusable.push({ bytes, reason: outcome.reason, batchIndex });
    }
  }
  return { events, unusable, batchSize: elements.length };
}

type Judged =
  | { readonly bytes: Buffer; readonly event: Readonly<Record<string, unknown>>; readonly reason?: undefined }
  | { readonly reason: 'not_object' | 'not_utf8' };

function judgeElement(value: unknown, bytes: Buffer, knownUtf8: boolean): Judged {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'not_object' };
  }
  // JSON.parse saw U+FFFD in place of such bytes: no JSON reader would give back what was sent.
  if (!knownUtf8 && !isUtf8(bytes)) {
    return { reason: 'not_utf8' };
  }
  return { bytes, event: value as Record<string, unknown> };
}
