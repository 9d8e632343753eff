import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SignatureExaminer } from '../../src/ops/signature-examiner.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { SignatureMismatch } from '../../src/webhook/refusal.ts';
import { captureLog } from '../support/captured-log.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { type RawAnswer, sendRaw } from '../support/raw-request.ts';
import {
  startTestReceiver,
  type TestReceiver,
  temporaryDirectory,
  testSecret,
} from '../support/test-receiver.ts';

const body = '{"eventId":"e","payload":{"messageId":"é"}}';
const sign = (key: string, algorithm = 'sha1') => createHmac(algorithm, key).update(body).digest('hex');

const post = (receiver: TestReceiver, signature: string | undefined, received: string | Buffer = body) =>
  sendRaw(receiver.url, delivery(received, { 'x-comapi-signature': signature }));

/** Causes that were counted, with their number. */
async function countedCauses(receiver: TestReceiver): Promise<Record<string, number>> {
  const series = /^comapi_webhook_signature_failures_total\{webhook="default",cause="(\w+)"\} ([1-9]\d*)$/gm;
  return Object.fromEntries(
    Array.from((await receiver.metrics()).matchAll(series), ([, cause = '', count]) => [
      cause,
      Number(count),
    ]),
  );
}

/** The last line on an examined signature. */
const examined = ({ log }: TestReceiver) => log.lines.findLast(({ msg }) => msg === 'signature examined');

const withoutDate = ({ status, headers, body: text }: RawAnswer) => ({
  ...{ status, text },
  headers: headers.replace(/^date: .*\r\n/im, ''),
});

describe('the answer says nothing of a cause, and after it the metric and the log do', () => {
  test.each([
    ['header_prefixed', `sha1=${sign(testSecret)}`, body],
    ['header_repeated', `${sign(testSecret)}, ${sign(testSecret)}`, body],
    ['header_base64', Buffer.from(sign(testSecret), 'hex').toString('base64'), body],
    ['header_sha256', sign(testSecret, 'sha256'), body],
    ['header_sha512', sign(testSecret, 'sha512'), body],
    ['malformed', 'signature', body],
    ['secret_white_space', sign(`${testSecret}\n`), body],
    ['secret_quoted', sign(`"${testSecret}"`), body],
    ['secret_base64', sign(Buffer.from(testSecret).toString('base64')), body],
    ['secret_case', sign(testSecret.toUpperCase()), body],
    ['body_white_space', sign(testSecret), `${body}\n`],
    ['body_rewritten', sign(testSecret), body.replace('é', '\\u00e9')],
    ['body_charset', sign(testSecret), Buffer.from(body, 'latin1')],
    ['body_compressed', sign(testSecret), gzipSync(body)],
    ['no_body', sign(testSecret), ''],
    ['not_json', sign(testSecret), body.slice(0, 20)],
    ['mismatch', sign('what a stranger would guess'), body],
  ])('%s', async (cause, signature, received) => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const answer = withoutDate(await post(receiver, signature, received));
    await expect.poll(() => countedCauses(receiver)).toEqual({ [cause]: 1 });
    const line = receiver.log.lines.find((each) => each.cause === cause);
    expect(line).toMatchObject({ level: 'warn', webhook: 'default', remoteAddress: '127.0.0.1' });
    expect(line?.detail).toMatch(/^[A-Z].+\.$/);
    expect(receiver.log.text()).not.toMatch(new RegExp(`messageId|${testSecret}|${sign(testSecret)}`, 'i'));

    const other = await startTestReceiver({ sink: createMemorySink() });
    expect(withoutDate(await post(other, '0'.repeat(40), received))).toEqual(answer);
  });

  test('a missing header', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    await post(receiver, undefined);
    expect(await countedCauses(receiver)).toEqual({ missing: 1 });
  });

  test('the secret of another registration, and one that was removed', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'current'), testSecret);
    writeFileSync(join(directory, 'previous'), 'a secret that will be removed');
    const file = join(temporaryDirectory(), 'webhooks.json');
    const chat = { name: 'chat', path: '/chat', secret: 'the secret of the chat' };
    writeFileSync(file, JSON.stringify([{ name: 'default', path: '/webhook', secretsDir: directory }, chat]));
    const env = { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file };
    const receiver = await startTestReceiver({ sink: createMemorySink(), env });
    await post(receiver, sign(chat.secret));
    await expect.poll(() => countedCauses(receiver)).toEqual({ secret_of_other_webhook: 1 });
    expect(examined(receiver)).toMatchObject({ secret: 'current', ofWebhook: 'chat' });

    rmSync(join(directory, 'previous'));
    const removed = sign('a secret that will be removed');
    const causesOfOneMore = async () => {
      await post(receiver, removed);
      return countedCauses(receiver);
    };
    await expect.poll(causesOfOneMore).toMatchObject({ secret_removed: expect.any(Number) });
    expect(examined(receiver)).toMatchObject({ secret: 'previous' });
  });
});

const around = { own: [{ label: 'current', value: testSecret }], removed: [], others: [] };

/** An examiner alone, with a clock that stands still unless it is told otherwise. */
function setUp(
  options: {
    readonly now?: () => number;
    readonly cpuMs?: () => number;
    readonly look?: () => typeof around;
  } = {},
) {
  const causes: string[] = [];
  const log = captureLog();
  const examiner = new SignatureExaminer({
    clock: { now: options.now ?? (() => 0), epochMs: () => 0 },
    cpuMs: options.cpuMs ?? (() => 0),
    logger: log.logger,
    secrets: { around: options.look ?? (() => around) },
    metrics: { observeSignatureCause: (_webhook, cause) => causes.push(cause) },
  });
  const closed = { closed: true, once: () => closed } as unknown as ServerResponse;
  const refuse = (received: Buffer = Buffer.from(body), response = closed) => {
    const cause = new SignatureMismatch({ body: received, digest: Buffer.alloc(20) });
    const request = { socket: new Socket(), headers: {} };
    examiner.observe({ cause }, { webhook: 'w', delivery: { traceparent: undefined }, request, response });
  };
  return { causes, log, refuse };
}

test('an examination begins when the answer is out, and not before', async () => {
  const seen: (boolean | undefined)[] = [];
  let answering: ServerResponse | undefined;
  const look = () => {
    seen.push(answering?.writableFinished);
    return around;
  };
  const { causes, refuse } = setUp({ look, now: systemClock.now });
  const server = createServer((_request, response) => {
    answering = response;
    refuse(Buffer.from(body), response);
    setTimeout(() => response.end('{"error":"bad_signature"}'), 50);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  await expect.poll(() => causes).toEqual(['mismatch']);
  expect(seen).toEqual([true]);
  server.close();
});

test('one signature is examined at a time, and four a second; all others are counted at once', async () => {
  let now = 0;
  const { causes, log, refuse } = setUp({ now: () => now });
  const flood = async () => {
    for (let round = 0; round < 10; round += 1) {
      refuse();
      refuse();
      await expect.poll(() => causes.length % 2).toBe(0);
    }
  };
  await flood();
  expect(causes.filter((cause) => cause === 'mismatch')).toHaveLength(4);
  expect(causes.filter((cause) => cause === 'not_examined')).toHaveLength(16);
  now = 1_000;
  await flood();
  expect(causes.filter((cause) => cause === 'mismatch')).toHaveLength(8);
  expect(log.lines).toHaveLength(8);
});

test('after an examination it rests for nineteen times as long: it has a twentieth of a core', async () => {
  let now = 0;
  let cpuMs = 0;
  // A millisecond from one look to the next.
  const { causes, refuse } = setUp({ now: () => now, cpuMs: () => (cpuMs += 1) });
  refuse();
  await expect.poll(() => causes).toEqual(['mismatch']);
  now = 18;
  refuse();
  expect(causes).toEqual(['mismatch', 'not_examined']);
  now = 19;
  refuse();
  await expect.poll(() => causes).toEqual(['mismatch', 'not_examined', 'mismatch']);
});

test('a client that does not read its answer holds up the others for ten seconds only', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { causes, refuse } = setUp();
  const never = { closed: false, once: () => never } as unknown as ServerResponse;
  refuse(Buffer.from(body), never);
  refuse();
  expect(causes).toEqual(['not_examined']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(causes).toEqual(['not_examined', 'not_examined']);
  refuse();
  vi.useRealTimers();
  await expect.poll(() => causes).toEqual(['not_examined', 'not_examined', 'mismatch']);
});

test('no large body is examined', () => {
  const { causes, refuse } = setUp();
  refuse(Buffer.alloc(1024 * 1024 + 1));
  expect(causes).toEqual(['not_examined']);
});

test('what must not fail and does is logged, and the next signature is examined', async () => {
  let fails = true;
  const look = () => {
    if (fails) {
      throw new Error('a test said so');
    }
    return around;
  };
  const { causes, log, refuse } = setUp({ look });
  refuse();
  await expect.poll(() => causes).toEqual(['not_examined']);
  expect(log.lines).toMatchObject([{ level: 'error', msg: 'a signature could not be examined' }]);
  fails = false;
  refuse();
  await expect.poll(() => causes).toEqual(['not_examined', 'mismatch']);
});
