import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SignatureExaminer } from '../../src/observe/signature-examiner.ts';
import type { ReceiverReport } from '../../src/observe/status/status-report.ts';
import type { Explanation } from '../../src/webhook/explain/explain-signature.ts';
import { SignatureMismatch } from '../../src/webhook/refusal.ts';
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
const sign = (key: string) => createHmac('sha1', key).update(body).digest('hex');

const post = (receiver: TestReceiver, signature: string | undefined, received: string | Buffer = body) =>
  sendRaw(receiver.url, delivery(received, { 'x-comapi-signature': signature }));

/** Returns the counted causes and their numbers. */
async function countedCauses(receiver: TestReceiver): Promise<Record<string, number>> {
  const series = /^comapi_webhook_signature_failures_total\{webhook="default",cause="(\w+)"\} ([1-9]\d*)$/gm;
  return Object.fromEntries(
    Array.from((await receiver.metrics()).matchAll(series), ([, cause = '', count]) => [
      cause,
      Number(count),
    ]),
  );
}

const linesOn401 = ({ log }: TestReceiver) => log.lines.filter(({ status }) => status === 401);

const withoutDate = ({ status, headers, body: text }: RawAnswer) => ({
  ...{ status, text },
  headers: headers.replace(/^date: .*\r\n/im, ''),
});

describe('the answer says nothing of a cause, and after it the metric and the one line of the log do', () => {
  test.each([
    ['header_prefixed', `sha1=${sign(testSecret)}`, body],
    ['malformed', 'signature', body],
    ['secret_white_space', sign(`${testSecret}\n`), body],
    ['body_rewritten', sign(testSecret), body.replace('é', '\\u00e9')],
    ['body_compressed', sign(testSecret), gzipSync(body)],
    ['no_body', sign(testSecret), ''],
    ['not_json', sign(testSecret), body.slice(0, 20)],
    ['mismatch', sign('what an unauthenticated client would guess'), body],
  ])('%s', async (cause, signature, received) => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const answer = withoutDate(await post(receiver, signature, received));
    await expect.poll(() => countedCauses(receiver)).toEqual({ [cause]: 1 });
    const sender = { webhook: 'default', remoteAddress: '127.0.0.1' };
    const detail = expect.stringMatching(/^[A-Z].+\.$/);
    const lines = receiver.log.lines.filter(({ level }) => level === 'warn');
    expect(lines).toEqual([expect.objectContaining({ msg: 'delivery refused', cause, detail, ...sender })]);
    expect(receiver.log.text()).not.toMatch(new RegExp(`messageId|${testSecret}|${sign(testSecret)}`, 'i'));

    const other = await startTestReceiver({ sink: createMemorySink() });
    expect(withoutDate(await post(other, '0'.repeat(40), received))).toEqual(answer);
  });

  test('a missing header', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    await post(receiver, undefined);
    expect(await countedCauses(receiver)).toEqual({ missing: 1 });
    expect(linesOn401(receiver)).toMatchObject([{ reason: 'no_signature', cause: 'missing' }]);
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
    expect(linesOn401(receiver)).toMatchObject([{ ofSecret: 'current', ofWebhook: 'chat' }]);

    rmSync(join(directory, 'previous'));
    const removed = sign('a secret that will be removed');
    const causesOfOneMore = async () => {
      await post(receiver, removed);
      return countedCauses(receiver);
    };
    await expect.poll(causesOfOneMore).toMatchObject({ secret_removed: expect.any(Number) });
    expect(linesOn401(receiver).at(-1)).toMatchObject({ ofSecret: 'previous' });
  });
});

test('beside a hundred wrong signatures each delivery that is signed with a line end too many is explained', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const ended = sign(`${testSecret}\n`);
  for (let round = 0; round < 3; round += 1) {
    const unproven = Array.from({ length: 33 }, () => post(receiver, '0'.repeat(40), '{}'));
    await Promise.all([...unproven, ...Array.from({ length: 5 }, () => post(receiver, ended))]);
  }
  await expect.poll(() => countedCauses(receiver)).toMatchObject({ secret_white_space: 15 });
});

test('the status says why the last ones failed, and when', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  await post(receiver, undefined);
  await post(receiver, sign(`${testSecret}\n`));
  const readRefusals = async () =>
    (await fetch(`${receiver.managementUrl}/status.json`)).json() as Promise<
      Pick<ReceiverReport, 'refusals'>
    >;
  const newest = [{ at: expect.any(String), webhook: 'default' }];
  await expect.poll(readRefusals, { timeout: 5_000 }).toMatchObject({
    refusals: [
      { reason: 'bad_signature', cause: 'secret_white_space', status: 401, signed: false, count: 1, newest },
      { reason: 'no_signature', cause: 'missing', status: 401, signed: false, count: 1, newest },
    ],
  });
});

test('a refusal that waits for its examination has its line when the receiver stops', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  await post(receiver, '0'.repeat(40));
  await receiver.stop();
  expect(linesOn401(receiver)).toMatchObject([{ cause: expect.stringMatching(/^(not_examined|mismatch)$/) }]);
});

const around = { own: [{ label: 'current', value: testSecret }], removed: [], others: [] };

describe('an examiner alone', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Creates an examiner whose clock and random numbers the test controls. */
  function setUp(
    options: {
      readonly now?: () => number;
      readonly cpuMs?: () => number;
      readonly random?: () => number;
      readonly look?: () => typeof around;
    } = {},
  ) {
    const causes: string[] = [];
    const told: Explanation[] = [];
    const examiner = new SignatureExaminer({
      clock: { now: options.now ?? (() => 0), epochMs: () => 0 },
      cpuMs: options.cpuMs ?? (() => 0),
      random: options.random ?? (() => 0),
      secrets: { around: options.look ?? (() => around) },
      observeCause: (_webhook, cause) => causes.push(cause),
      observeOnly: (_webhook, run) => run(),
    });
    const refuse = (received: string | Buffer = body, key = 'what an unauthenticated client would guess') => {
      const bytes = Buffer.from(received);
      const digest = createHmac('sha1', key).update(bytes).digest();
      const mismatch = new SignatureMismatch({ body: bytes, digest });
      examiner.examine('w', mismatch, (explanation) => told.push(explanation));
    };
    const count = (cause: string) => causes.filter((each) => each === cause).length;
    return { causes, told, examiner, refuse, count };
  }

  const endedSecret = `${testSecret}\n`;

  test('begins a quarter of a second after the answer is decided, and not before', async () => {
    const { causes, refuse } = setUp();
    refuse();
    await vi.advanceTimersByTimeAsync(249);
    expect(causes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(causes).toEqual(['mismatch']);
  });

  test('has a twentieth of a core, and counts each examination for what it costs', async () => {
    let now = 0;
    let cpuMs = 0;
    // 100 ms of CPU time pass between two readings.
    const { causes, refuse } = setUp({ now: () => now, cpuMs: () => (cpuMs += 100) });
    refuse();
    refuse();
    await vi.advanceTimersByTimeAsync(250);
    expect(causes).toEqual(['mismatch', 'mismatch']);
    now = 250;
    refuse();
    await vi.advanceTimersByTimeAsync(1_649);
    expect(causes).toEqual(['mismatch', 'mismatch']);
    await vi.advanceTimersByTimeAsync(1);
    expect(causes).toEqual(['mismatch', 'mismatch', 'mismatch']);
  });

  test('tries near secrets on all small bodies, though their number uses up what is given to it', async () => {
    let now = 0;
    // Each reading of the clock ends a turn, and each turn takes 10 ms.
    const { causes, refuse, count } = setUp({ now: () => (now += 3), cpuMs: () => (now / 3) * 10 });
    for (let index = 0; index < 100; index += 1) {
      refuse();
    }
    refuse(body, endedSecret);
    await vi.runAllTimersAsync();
    // The examination runs in real turns of the event loop.
    for (let turn = 0; turn < 100_000 && causes.length < 101; turn += 1) {
      await nextTurn();
    }
    expect(count('secret_white_space')).toBe(1);
    expect(count('mismatch')).toBe(1);
    expect(count('not_examined')).toBe(99);
  });

  test('of large bodies the last one is kept', async () => {
    const large = ' '.repeat(8 * 1024 + 1);
    const { causes, refuse } = setUp();
    refuse(large);
    refuse(large, endedSecret);
    refuse(large.slice(1), endedSecret);
    await vi.advanceTimersByTimeAsync(250);
    expect(causes).toEqual(['not_examined', 'secret_white_space', 'secret_white_space']);
  });

  test('of small bodies 128 are kept, and chance decides which one leaves for another', async () => {
    let dice = 0;
    const { told, refuse } = setUp({ random: () => dice });
    refuse(body, endedSecret);
    for (let index = 0; index < 127; index += 1) {
      refuse();
    }
    dice = 0.999;
    refuse();
    expect(told).toEqual([{ cause: 'not_examined' }]);
    await vi.advanceTimersByTimeAsync(250);
    expect(told).toHaveLength(129);
    expect(told[1]).toEqual({ cause: 'secret_white_space', secret: 'current' });
    refuse(body, endedSecret);
    for (let index = 0; index < 127; index += 1) {
      refuse();
    }
    dice = 0;
    refuse();
    await vi.advanceTimersByTimeAsync(250);
    expect(told.slice(129).filter(({ cause }) => cause === 'secret_white_space')).toEqual([]);
  });

  test('a small body is kept alone, not with the chunk that it came in', async () => {
    const { causes, examiner } = setUp();
    const chunk = Buffer.alloc(64 * 1024, body);
    const received = chunk.subarray(0, Buffer.byteLength(body));
    const digest = createHmac('sha1', endedSecret).update(received).digest();
    examiner.examine('w', new SignatureMismatch({ body: received, digest }), () => {});
    // A slice that shares memory with the chunk would change too.
    chunk.fill(0);
    await vi.advanceTimersByTimeAsync(250);
    expect(causes).toEqual(['secret_white_space']);
  });

  test('does not examine a body of more than 1 MiB', async () => {
    const { causes, refuse } = setUp();
    refuse(Buffer.alloc(1024 * 1024 + 1));
    expect(causes).toEqual(['not_examined']);
    refuse(Buffer.alloc(1024 * 1024));
    await vi.advanceTimersByTimeAsync(250);
    expect(causes).toEqual(['not_examined', 'not_json']);
  });

  test('tells once of each: what is skipped, what is examined, and at the end what waits', async () => {
    const { causes, told, examiner, refuse } = setUp();
    refuse(Buffer.alloc(1024 * 1024 + 1));
    refuse(body, endedSecret);
    await vi.advanceTimersByTimeAsync(250);
    refuse();
    examiner.close();
    const all = ['not_examined', 'secret_white_space', 'not_examined'];
    expect([causes, told.map(({ cause }) => cause)]).toEqual([all, all]);
    expect(told[1]).toEqual({ cause: 'secret_white_space', secret: 'current' });
    await vi.runAllTimersAsync();
    expect(told).toHaveLength(3);
  });

  test('tells what must not fail and does, and examines the next signature', async () => {
    let fails = true;
    const look = () => {
      if (fails) {
        throw new Error('a test said so');
      }
      return around;
    };
    const { causes, told, refuse } = setUp({ look });
    refuse();
    await vi.advanceTimersByTimeAsync(250);
    expect(causes).toEqual(['not_examined']);
    expect(told).toEqual([{ cause: 'not_examined', err: new Error('a test said so') }]);
    fails = false;
    refuse();
    await vi.advanceTimersByTimeAsync(250);
    expect(causes).toEqual(['not_examined', 'mismatch']);
  });
});
