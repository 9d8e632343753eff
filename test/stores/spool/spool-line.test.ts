import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  countLineFeeds,
  countLines,
  countLinesIfAny,
  parseSpoolLine,
  toSpooledDeadLetter,
  toSpoolLines,
} from '../../../src/stores/spool/spool-line.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { planRecords } from '../../../src/webhook/plan-records.ts';
import { readmitDeadLetter } from '../../../src/webhook/verified-body.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const facts = {
  webhook: 'w',
  topic: 'events',
  deadLetterTopic: 'dead',
  receivedAt: '2024-01-01T00:00:00.000Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  // Names that parsers of untrusted objects like to leave out.
  recordHeaders: { region: 'eu', prototype: 'a', constructor: 'b' },
};
const body = Buffer.from('[7, {"id":"a", "price": 1.10, "text":"Gr\\u00fc\u00dfe \u{1F680}"}]');
const plan = planRecords(readmitDeadLetter(body), facts, new EventFields(parseKeyRules('*=id') as KeyRules));
const records = [...plan.events, ...plan.deadLetters.map(({ record }) => record)];
const lines = toSpoolLines(records, plan)
  .toString()
  .trimEnd()
  .split('\n')
  .map((text) => parseSpoolLine(text));

test('a line gives back its record, byte for byte', () => {
  expect(lines.map(({ record }) => record)).toEqual(records);
});

test('a line of an event gives the dead letter that the event would have become without the spool', () => {
  const [event] = lines;
  const letter = event && toSpooledDeadLetter(event, 'too_large');
  expect(letter).toEqual(plan.deadLetterFor(0, 'too_large'));
  // In the same order, too.
  expect(Object.entries(letter?.headers ?? {})).toEqual([
    ['reason', 'too_large'],
    ['received-at', facts.receivedAt],
    ['webhook', 'w'],
    ['batch-size', '2'],
    ['batch-index', '1'],
    ['traceparent', facts.traceparent],
    ['region', 'eu'],
    ['prototype', 'a'],
    ['constructor', 'b'],
  ]);
});

test('a line of a dead letter gives no other one, nor does a line of a journal', () => {
  const [, deadLetter] = lines;
  expect(deadLetter && toSpooledDeadLetter(deadLetter, 'too_large')).toBeUndefined();
  const [line = ''] = toSpoolLines(plan.events).toString().split('\n');
  expect(toSpooledDeadLetter(parseSpoolLine(line), 'too_large')).toBeUndefined();
});

test('what is no record is kept as text', () => {
  expect(parseSpoolLine('{"torn')).toEqual({ text: '{"torn', record: undefined });
});

describe('countLines', () => {
  test('counts lines and bytes from an offset on', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '12\n34\n56\n');
    expect(await countLines(file)).toEqual({ lines: 3, bytes: 9 });
    expect(await countLines(file, 3)).toEqual({ lines: 2, bytes: 6 });
  });

  test('counts over more than one block', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, `${'x'.repeat(99)}\n`.repeat(30_000));
    expect(await countLines(file)).toEqual({ lines: 30_000, bytes: 3_000_000 });
  });

  test('counts nothing where there may be no file, and says so where there has to be one', async () => {
    const none = join(temporaryDirectory(), 'none');
    expect(await countLinesIfAny(none)).toEqual({ lines: 0, bytes: 0 });
    await expect(countLines(none)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('counts line feeds only', () => {
    expect(countLineFeeds(Buffer.from('a\r\n\\n\nb'))).toBe(2);
  });
});
