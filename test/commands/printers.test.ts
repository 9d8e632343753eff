import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { formatTable, writeLine } from '../../src/commands/command-io.ts';
import { formatStatus } from '../../src/commands/format-status.ts';
import { formatProgress } from '../../src/commands/progress.ts';
import { formatApplyResult, formatAvailableEvents } from '../../src/commands/register-command.ts';
import { formatReplayReports } from '../../src/commands/replay-command.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { writePretty } from '../../src/runtime/readable-lines.ts';
import { toExitResult } from '../../src/runtime/run-process.ts';
import { formatCounts } from '../../src/tools/reconcile/format-counts.ts';
import { formatResult, formatSummary } from '../../src/tools/reconcile/messages-output.ts';
import { classifyEvents } from '../../src/tools/records/entity-history.ts';
import { formatHistory } from '../../src/tools/records/format-history.ts';
import { formatJson, formatLine } from '../../src/tools/records/format-record.ts';
import { runCommand } from '../support/run-command.ts';
import { wellReceiver } from '../support/status-reports.ts';
import { toPlaced } from '../tools/records/placed-record.ts';

/**
 * Hostile text: a line break, a forged line, terminal escape sequences, a change of the text direction, and a great
 * length.
 */
const hostile = `x\nlatest state: forged\r\u001b[2J\u009b2J\u202egpj.\u2066\u2028y${'z'.repeat(5_000)}`;

const names = (foreign: string) => ({
  name: foreign as 'message.sent',
  provider: 2,
  stored: 1,
  missing: 1,
  beyond: 0,
});

const recordOf = (foreign: string) =>
  toPlaced({
    ...{ name: foreign, key: foreign, revision: foreign, eventId: foreign, topic: foreign, place: foreign },
    headers: {
      ce_type: foreign,
      ce_id: foreign,
      webhook: foreign,
      reason: foreign,
      revision: foreign,
      [foreign]: foreign,
    },
    value: JSON.stringify({ [foreign]: foreign }),
  });

function lifeOf(foreign: string): Parameters<typeof formatHistory>[0] {
  const record = recordOf(foreign);
  return {
    ...{ id: foreign, isOf: 'key', lookedAt: [foreign], skipped: [foreign] },
    period: { sinceMs: 0, untilMs: 1, isToNow: false },
    ...{ requestedId: foreign, reconciled: [record] },
    ...{ events: classifyEvents([record, record]), latest: [record], deadLetters: [record] },
  };
}

function logLine(foreign: string): string {
  let text = '';
  const destination = { write: (line: string) => (text += line), flushSync() {} };
  const logger = createLogger('trace', writePretty(destination, { colour: false }));
  logger.warn({ foreign, [foreign]: [foreign, { foreign }] }, foreign);
  return text;
}

function writeOneLine(foreign: string): string {
  const stream = new PassThrough();
  writeLine(stream, foreign);
  return String(stream.read());
}

/** Output of each printing function, by its name, with hostile text in every member. */
const printers: Readonly<Record<string, (foreign: string) => string>> = {
  formatTable: (foreign) =>
    formatTable([
      ['NAME', foreign, 'b'],
      [foreign, foreign, foreign],
    ]),
  writeLine: (foreign) => writeOneLine(foreign),
  formatHistory: (foreign) => formatHistory(lifeOf(foreign), formatTable),
  'formatHistory of nothing': (foreign) =>
    formatHistory(
      { ...lifeOf(foreign), events: [], latest: [], deadLetters: [], reconciled: [] },
      formatTable,
    ),
  'formatHistory of a failure': (foreign) => {
    const value = JSON.stringify({ payload: { channel: foreign, statusMessage: foreign } });
    return formatHistory(
      { ...lifeOf(foreign), events: classifyEvents([toPlaced({ name: 'message.failed', value })]) },
      formatTable,
    );
  },
  'formatHistory of what is not known': (foreign) =>
    formatHistory(
      { ...lifeOf(foreign), events: { notKnown: foreign }, latest: { notKnown: foreign } },
      formatTable,
    ),
  'formatHistory of what is not here': (foreign) =>
    formatHistory(
      { ...lifeOf(foreign), latest: { unavailable: foreign }, reconciled: { unavailable: foreign } },
      formatTable,
    ),
  formatLine: (foreign) => formatLine(recordOf(foreign), { colour: false }),
  formatResult: (foreign) =>
    formatResult({
      ...{ messageId: foreign, outcome: 'behind', stored: { name: foreign, revision: foreign, atMs: 1 } },
      reported: { status: foreign, updatedMs: 1 },
    }),
  formatSummary: (foreign) =>
    formatSummary({
      ...{ fromMs: 0, beforeMs: 1, total: 1, late: 0, requested: 1, writtenTo: foreign, problem: foreign },
      outcomes: { missing: 1, unknown: 0, behind: 0, unclear: 0, recent: 0, agrees: 0 },
    }),
  formatCounts: (foreign) =>
    formatCounts({
      ...{
        fromMs: 0,
        toMs: 2,
        toleranceMs: 0,
        settledMs: 1,
        firstStoredAtMs: 1,
        skipped: [foreign],
        missing: 1,
        names: [names(foreign)],
      },
      hours: [
        {
          ...{ startMs: 0, isSettled: true },
          names: [{ ...names(foreign), channels: new Map([[foreign, { provider: 2, stored: 1 }]]) }],
        },
      ],
    }),
  formatApplyResult: (foreign) =>
    formatApplyResult(
      { action: 'update', id: foreign, changes: [{ field: 'url', text: foreign }], secretUnknown: true },
      { webhook: foreign, dryRun: true, deleting: false },
    ),
  formatAvailableEvents: (foreign) =>
    formatAvailableEvents([
      { type: foreign, description: foreign, filters: [{ name: foreign, required: true }] },
    ]),
  formatReplayReports: (foreign) =>
    formatReplayReports(
      [
        {
          ...{
            store: foreign,
            read: 1,
            notSelected: 0,
            foreign: 1,
            uncertain: 1,
            stopped: true,
            skipped: [foreign],
          },
          lines: [
            {
              reason: foreign,
              webhook: foreign,
              outcome: 'failed',
              detail: foreign,
              deadLetters: 1,
              events: 0,
            },
          ],
        },
      ],
      false,
    ),
  toExit: (foreign) => `${toExitResult(new Error(foreign)).text}\n`,
  'a line of the log': logLine,
};

/** Functions that print only numbers or JSON, and a function that has its own test below. */
const others = { formatProgress, formatJson, formatStatus };

/** Counts the lines, because an additional line could be forged to look like the output of the program. */
const linesOf = (text: string) => text.split('\n').length;

test.each(Object.entries(printers))('%s prints untrusted text in its place', (_name, print) => {
  const text = print(hostile);
  expect(linesOf(text)).toBe(linesOf(print('x')));
  expect(text).not.toMatch(/^latest state: forged/m);
  expect(stripVTControlCharacters(text)).toBe(text);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\u2028/u);
  expect(text.split('\n').every((line) => line.length < 20_000)).toBe(true);
});

test('the state that another process gives is printed in its place', async () => {
  const ask = async (foreign: string) => {
    const report = {
      ...wellReceiver,
      host: foreign,
      headline: { id: foreign, tone: 'bad', text: foreign, nextStep: foreign, runbook: foreign },
      checks: [{ name: foreign, ok: false, detail: foreign }],
      deliveries: [{ ...wellReceiver.deliveries[0], webhook: foreign, cause: foreign }],
    };
    const server = createServer((_request, response) => response.end(JSON.stringify(report)));
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return (await runCommand(['status'], { MANAGEMENT_PORT: `${port}` })).stdout;
  };
  const text = await ask(hostile);
  expect(linesOf(text)).toBe(linesOf(await ask('x')));
  expect(text).not.toMatch(/^latest state: forged|\p{Cf}/mu);
});

test('JSON for programs has no character that a terminal obeys, and the same values', () => {
  const text = formatJson(recordOf(hostile));
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(JSON.parse(text)).toMatchObject({ key: hostile, name: hostile });
});

test('every function that formats something for a terminal is here', () => {
  const covered = new Set([...Object.keys(printers), ...Object.keys(others)]);
  const files = globSync('src/{commands,tools/*}/*.ts', {
    cwd: new URL('../..', import.meta.url),
  });
  const found = files.flatMap((file) =>
    Array.from(
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').matchAll(
        /^export function (format\w+)/gm,
      ),
      ([, name = '']) => name,
    ),
  );
  expect(found.length).toBeGreaterThan(10);
  expect(found.filter((name) => !covered.has(name))).toEqual([]);
});
