import { expect, test } from 'vitest';
import { writePretty } from '../../src/runtime/readable-lines.ts';
import { toPrintable, toSingleLineText } from '../../src/runtime/untrusted-text.ts';
import { parseJournalLine, toJournalLine } from '../../src/stores/journal/journal-line.ts';
import { toRedisError } from '../../src/stores/redis/redis-error.ts';
import { parseServerFacts } from '../../src/stores/redis/redis-server-info.ts';
import { mentionsId } from '../../src/tools/records/entity-history.ts';
import { readReason } from '../../src/tools/records/event-reason.ts';
import { formatJson, formatLine } from '../../src/tools/records/format-record.ts';
import { isTimestamp } from '../../src/webhook/cloud-events-time.ts';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { undoKnownAlterations } from '../../src/webhook/explain/altered-bodies.ts';
import { parseSignatureHeader } from '../../src/webhook/explain/signature-header.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { planRecords } from '../../src/webhook/plan-records.ts';
import { trustDeadLetter } from '../../src/webhook/verified-body.ts';
import { findSteepStep, nastyTexts } from '../support/growth.ts';

const fields = new EventFields(parseKeyRules(defaultKeyRulesText) as KeyRules);
const facts = {
  webhook: 'default',
  topics: { events: 'events', deadLetter: 'dead' },
  commonHeaders: { 'received-at': '2026-01-01T00:00:00.000Z', webhook: 'default' },
};
const readable = writePretty({ write: () => {}, flushSync: () => {} }, { colour: false });
const toRecord = (text: string) => ({
  topic: 'events',
  key: text,
  value: Buffer.from(JSON.stringify({ name: 'message.sent', payload: { note: text, [text]: 1 } })),
  headers: { ce_type: text, ce_id: text },
  place: 'events/0/1',
  storedAtMs: 0,
});
const plan = (body: string) => planRecords(trustDeadLetter(Buffer.from(body)), facts, fields);

/** Functions that read untrusted input before any protocol has limited its length. */
const steps: Readonly<Record<string, (text: string) => unknown>> = {
  'a body that is split': plan,
  'a batch that is split': (text) => plan(`[${text}]`),
  'an event with a text': (text) =>
    plan(JSON.stringify({ eventId: text, name: text, timestamp: text, payload: { id: text } })),
  'bodies that are tried for a signature': (text) => [...undoKnownAlterations(Buffer.from(text))].length,
  'a signature': parseSignatureHeader,
  'a timestamp': isTimestamp,
  'a line of the journal': parseJournalLine,
  'a record as a line of the journal': (text) => parseJournalLine(toJournalLine(toRecord(text)).trimEnd()),
  'a record as JSON': (text) => formatJson(toRecord(text)),
  'bytes as JSON': (text) => formatJson({ ...toRecord('key'), value: Buffer.from(text) }),
  'a record as a line': (text) => formatLine(toRecord(text), { colour: false }),
  'the reason of a failure': (text) =>
    readReason(
      'message.failed',
      Buffer.from(JSON.stringify({ payload: { statusMessage: text, [text]: { reason: text } } })),
    ),
  'bytes that are searched': (text) => mentionsId({ value: Buffer.from(text) }, 'key'),
  'a text on a terminal': toPrintable,
  'a part of a line': toSingleLineText,
  'a readable log line': (text) =>
    readable.write(
      JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00.000Z', msg: text, text, of: [text] }),
    ),
  'an error of Redis': (text) => toRedisError(new Error(text)),
  'facts of a Redis server': parseServerFacts,
};

test.each(Object.entries(steps))(
  '%s costs no more than its length',
  (_what, step) => {
    const quiet = (text: string) => {
      try {
        return step(text);
      } catch {
        // Many of the inputs are invalid. Rejecting them must be fast too.
        return undefined;
      }
    };
    const steep = nastyTexts.flatMap(([what, make]) => {
      const found = findSteepStep(make, quiet, 256 * 1024);
      return found === undefined ? [] : [{ what, ...found }];
    });
    expect(steep).toEqual([]);
  },
  120_000,
);
