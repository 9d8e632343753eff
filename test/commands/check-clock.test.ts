import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkClock } from '../../src/commands/check-command.ts';

const nowMs = Date.UTC(2026, 6, 1);

async function serveDate(date: string | undefined): Promise<URL> {
  const server = createServer((_request, response) => {
    response.sendDate = false;
    response.end(date === undefined ? undefined : response.setHeader('Date', date) && '');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

test('a clock before 2026 is wrong, and the time is shown without a reference', async () => {
  expect(await checkClock(() => Date.UTC(2025, 11, 31), undefined)).toMatchObject({ verdict: 'error' });
  expect(await checkClock(() => nowMs, undefined)).toMatchObject({
    verdict: 'ok',
    text: expect.stringContaining('2026-07-01T00:00:00.000Z'),
  });
});

test.each([
  [0, 'ok', '0 s apart'],
  [5_000, 'ok', '5 s apart'],
  [-6_000, 'warning', '6 s apart'],
])('a clock that differs by %i ms: %s', async (differenceMs, verdict, text) => {
  const reference = await serveDate(new Date(nowMs + differenceMs).toUTCString());
  const result = await checkClock(() => nowMs, reference);
  expect(result).toMatchObject({ verdict, text: expect.stringContaining(text) });
});

test('a reference without a date, or without an answer, is a warning', async () => {
  expect(await checkClock(() => nowMs, await serveDate(undefined))).toMatchObject({
    verdict: 'warning',
    text: expect.stringContaining('gives no date'),
  });
  expect(await checkClock(() => nowMs, new URL('http://127.0.0.1:1/'))).toMatchObject({
    verdict: 'warning',
    text: expect.stringContaining('does not answer ('),
  });
});
