import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { maxDepth, maxElementTokens } from '../../src/webhook/json-scan.ts';
import { type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { maxBodyTokens, maxEventsPerBody, splitEvents } from '../../src/webhook/split-events.ts';
import type { VerifiedBody } from '../../src/webhook/verified-body.ts';

const fields = new EventFields(parseKeyRules('*=id') as KeyRules);

function splitBytes(body: Buffer) {
  const split = splitEvents(body as VerifiedBody, fields, (slice) => slice);
  const events = split.events.map(({ bytes }, at) => ({
    bytes,
    event: JSON.parse(bytes.toString()) as unknown,
    batchIndex: split.batchIndexes[at] ?? Number.NaN,
  }));
  return { events, unusable: split.unusable, batchSize: split.batchSize };
}

const split = (body: string | Buffer) => splitBytes(Buffer.from(body as string));

/** Generates JSON text with white space wherever it is allowed. */
const spacedJson = (value: fc.Arbitrary<unknown>) =>
  fc
    .tuple(value, fc.constantFrom('', ' ', '\r\n\t'), fc.constantFrom(undefined, 1, '\t'))
    .map(([json, space, indent]) => `${space}${JSON.stringify(json, undefined, indent)}${space}`);

describe('splitEvents', () => {
  test('has the limits of the page on records', () => {
    const [, section = ''] = readFileSync('docs/records.md', 'utf8').split('## Limits of a body');
    const [list = ''] = section.split('**`MAX_BODY_BYTES`**');
    expect(Array.from(list.matchAll(/\d+,\d{3}/g), ([text]) => Number(text.replaceAll(',', '')))).toEqual([
      maxDepth,
      maxElementTokens,
      maxEventsPerBody,
      maxBodyTokens,
    ]);
  });

  test('gives each element of any array its own bytes, which parse to what JSON.parse gives for it', () => {
    fc.assert(
      fc.property(spacedJson(fc.array(fc.jsonValue())), (text) => {
        const { events, unusable, batchSize } = split(text);
        const elements = JSON.parse(text) as unknown[];
        const slices = [...events, ...unusable].toSorted(
          (one, other) => (one.batchIndex ?? 0) - (other.batchIndex ?? 0),
        );
        expect(batchSize).toBe(elements.length);
        expect(slices.map(({ bytes }) => JSON.parse(bytes.toString()) as unknown)).toEqual(elements);
        for (const { event, batchIndex } of events) {
          expect(event).toEqual(elements[batchIndex]);
        }
      }),
    );
  });

  test('joined slices and the text between them give back the body, and that text is white space and punctuation', () => {
    fc.assert(
      fc.property(spacedJson(fc.array(fc.jsonValue({ maxDepth: 3 }))), (text) => {
        const body = Buffer.from(text);
        const { events, unusable } = splitBytes(body);
        const ranges = [...events, ...unusable]
          .map(({ bytes }) => ({ start: bytes.byteOffset - body.byteOffset, length: bytes.length }))
          .toSorted((one, other) => one.start - other.start);
        let at = 0;
        let between = '';
        for (const { start, length } of ranges) {
          expect(start).toBeGreaterThanOrEqual(at);
          between += body.toString('utf8', at, start);
          at = start + length;
        }
        between += body.toString('utf8', at);
        expect(between.replaceAll(/[ \t\r\n]/g, '')).toBe(`[${','.repeat(Math.max(0, ranges.length - 1))}]`);
      }),
    );
  });

  test('never throws, whatever the bytes, and accounts for all of them', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', '1', 'a', '\ufeff', ' '))
        .map((parts) => Buffer.from(parts.join(''))),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { events, unusable } = splitBytes(bytes);
        if (events.length + unusable.length === 0) {
          expect(JSON.parse(bytes.toString().replace('\ufeff', ''))).toEqual([]);
        }
        for (const { reason, bytes: kept, batchIndex } of unusable) {
          expect(reason).toBeTruthy();
          if (batchIndex === undefined) {
            expect(kept.equals(bytes)).toBe(true);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps a single event without the white space around it', () => {
    expect(split(' {"a": 1}\r\n').events[0]?.bytes.toString()).toBe('{"a": 1}');
  });

  test('skips a byte order mark', () => {
    expect(split('\ufeff{"a":1}').events[0]?.bytes.toString()).toBe('{"a":1}');
    expect(split('\ufeff[{"a":1}]').events[0]?.bytes.toString()).toBe('{"a":1}');
  });

  test.each([
    ['', 'not_json'],
    ['{"a":1', 'not_json'],
    ['{"a":1}]', 'not_json'],
    ['[{"a":1},{"b":2}] trailing', 'not_json'],
    ['[{"a":1}]]', 'not_json'],
    ['[{"a":1},]', 'not_json'],
    ['"text"', 'not_object'],
    ['null', 'not_object'],
    ['7', 'not_object'],
    ['7,7', 'not_json'],
    [' ', 'not_json'],
    ['[', 'not_json'],
    ['[,]', 'not_json'],
    ['[{"a":1},,{"b":1}]', 'not_json'],
    ['[{"a":1}', 'not_json'],
    ['[{"a":1}}', 'not_json'],
    ['[{"a":"1}]', 'not_json'],
    ['[{"a":1},{"b":01}]', 'not_json'],
    ['[{"a":1},{"b":"\t"}]', 'not_json'],
    ['[\ufeff{"a":1}]', 'not_json'],
  ])('keeps the body %j whole as %s', (body, reason) => {
    expect(split(body)).toEqual({
      events: [],
      unusable: [{ bytes: Buffer.from(body), reason }],
      batchSize: 1,
    });
  });

  test('puts aside only the bad elements of a batch', () => {
    const { events, unusable } = split('[{"a":1}, 7, null, [1], {"b":"],{"}]');
    expect(events.map(({ bytes, batchIndex }) => [bytes.toString(), batchIndex])).toEqual([
      ['{"a":1}', 0],
      ['{"b":"],{"}', 4],
    ]);
    expect(unusable.map(({ reason, batchIndex }) => [reason, batchIndex])).toEqual([
      ['not_object', 1],
      ['not_object', 2],
      ['not_object', 3],
    ]);
  });

  test('puts aside an event with bytes that are not UTF-8, and not its neighbours', () => {
    const body = Buffer.concat([
      Buffer.from('[{"a":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"},{"é":1}]'),
    ]);
    const { events, unusable } = split(body);
    expect(events.map(({ bytes }) => bytes.toString())).toEqual(['{"é":1}']);
    expect(unusable).toMatchObject([{ reason: 'not_utf8', batchIndex: 0 }]);
    expect(unusable[0]?.bytes.equals(body.subarray(1, 11))).toBe(true);
  });

  test.each([
    ['[', ']'],
    ['{"":', '}'],
  ])('takes a nesting of %s up to the limit, and puts aside only the element beyond it', (open, close) => {
    const nest = (levels: number) => `{"a":${open.repeat(levels - 1)}0${close.repeat(levels - 1)}}`;
    const { events, unusable } = split(`[${nest(maxDepth)},${nest(maxDepth + 1)}, {"b":1}]`);
    expect(events.map(({ bytes }) => bytes.toString())).toEqual([nest(maxDepth), '{"b":1}']);
    expect(unusable).toEqual([{ bytes: Buffer.from(nest(maxDepth + 1)), reason: 'too_deep', batchIndex: 1 }]);
    expect(split(nest(maxDepth)).events).toHaveLength(1);
    const single = nest(maxDepth + 1);
    expect(split(single).unusable).toEqual([{ bytes: Buffer.from(single), reason: 'too_deep' }]);
  });

  test('takes as many values as the limit, and puts aside only the element beyond it', () => {
    const wide = (values: number) => `{"a":[${'0,'.repeat(values - 2)}0]}`;
    const { events, unusable } = split(`[${wide(maxElementTokens)},${wide(maxElementTokens + 1)},{"b":1}]`);
    expect(events.map(({ batchIndex }) => batchIndex)).toEqual([0, 2]);
    expect(unusable).toMatchObject([{ reason: 'too_many_values', batchIndex: 1 }]);
  });

  test('keeps a body of absurdly many values whole', () => {
    const element = `{"a":[${'0,'.repeat(maxElementTokens - 2)}0]}`;
    const full = Array.from({ length: maxBodyTokens / maxElementTokens }, () => element);
    // An element that is a dead letter for another reason does not count.
    const aside = `{"a":[${'0,'.repeat(maxElementTokens)}0]}`;
    expect(split(`[${full.join()},${aside}]`).events).toHaveLength(full.length);
    const body = `[${full.join()},{"b":1}]`;
    expect(split(body)).toEqual({
      events: [],
      unusable: [{ bytes: Buffer.from(body), reason: 'too_many_values' }],
      batchSize: 1,
    });
  });

  test('puts aside the one event that cannot be handled, with what was thrown', () => {
    const error = new Error('a test said so');
    const body = Buffer.from('[{"a":1},{"a":2},{"a":3}]') as Buffer as VerifiedBody;
    const { events, batchIndexes, unusable } = splitEvents(body, fields, ({ bytes }) => {
      const { a } = JSON.parse(bytes.toString()) as { a: number };
      if (a === 2) {
        throw error;
      }
      return a;
    });
    expect([events, batchIndexes]).toEqual([
      [1, 3],
      [0, 2],
    ]);
    expect(unusable).toEqual([
      { bytes: Buffer.from('{"a":2}'), reason: 'unexpected_error', batchIndex: 1, error },
    ]);
  });

  test('keeps a body of absurdly many elements as one', () => {
    const body = `[${'0,'.repeat(maxEventsPerBody)}0]`;
    expect(split(body)).toMatchObject({ events: [], unusable: [{ reason: 'too_many_events' }] });
  });
});
