import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { AppendWatch } from '../../src/observe/append-watch.ts';
import { DeliveryObservers } from '../../src/observe/delivery-observers.ts';
import { createReceiverMetrics } from '../../src/observe/receiver-metrics.ts';
import { DeliveryHistory } from '../../src/observe/status/delivery-history.ts';
import type { ReceiverReport } from '../../src/observe/status/status-report.ts';
import type { Delivery, Outcome } from '../../src/webhook/delivery.ts';
import { SignatureMismatch } from '../../src/webhook/refusal.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
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

/** Returns the causes that were counted, each with its count. */
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

test('the status says why the last ones failed, and when', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  await post(receiver, undefined);
  await post(receiver, sign(`${testSecret}\n`));
  const readStatus = async () =>
    (await fetch(`${receiver.managementUrl}/status.json`)).json() as Promise<
      Pick<ReceiverReport, 'deliveries'>
    >;
  const rejected = { at: expect.any(String), webhook: 'default', status: 401 };
  await expect.poll(readStatus, { timeout: 5_000 }).toMatchObject({
    deliveries: [
      { ...rejected, reason: 'bad_signature', cause: 'secret_white_space' },
      { ...rejected, reason: 'no_signature', cause: 'missing' },
    ],
  });
});

test('a refusal that waits for its examination has its line when the receiver stops', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  await post(receiver, '0'.repeat(40));
  await receiver.stop();
  expect(linesOn401(receiver)).toMatchObject([{ cause: expect.stringMatching(/^(not_examined|mismatch)$/) }]);
});

describe('the examination', () => {
  const endedSecret = `${testSecret}\n`;
  const around = { own: [{ label: 'current', value: testSecret }], removed: [], others: [] };

  /** Creates observers with a stopped clock. */
  function setUp(listSecrets = () => around) {
    const clock = createFakeClock();
    const { logger, lines } = captureLog();
    const names = ['shop', 'chat'];
    const observers = new DeliveryObservers({
      metrics: createReceiverMetrics(new Registry(), { version: '1', webhooks: names, clock }),
      appends: new AppendWatch({ clock, windowMs: 1 }),
      history: new DeliveryHistory(clock, names),
      traces: undefined,
      secrets: { around: listSecrets },
      clock,
      logger,
    });
    const refused = { sender: {} } as Delivery;
    const refuse = (webhook = 'shop', received: string | Buffer = body) => {
      const bytes = Buffer.from(received as string);
      const digest = createHmac('sha1', endedSecret).update(bytes).digest();
      const cause = new SignatureMismatch({ body: bytes, digest });
      const outcome: Outcome = {
        ...{ code: 'bad_signature', cause, bodyBytes: bytes.length, received: 0, stored: 0, spooled: 0 },
        deadLettered: new Map(),
      };
      observers.observeAnswer(outcome, { webhook, delivery: refused, status: 401, durationMs: 1 });
    };
    return { clock, lines, refuse, causes: () => lines.map(({ cause }) => cause) };
  }

  test('takes place after the answer', async () => {
    const { refuse, causes } = setUp();
    refuse();
    await Promise.resolve();
    expect(causes()).toEqual([]);
    await nextTurn();
    expect(causes()).toEqual(['secret_white_space']);
  });

  test('is for bodies of at most 8 KiB', async () => {
    const { refuse, causes } = setUp();
    refuse('shop', ' '.repeat(8 * 1024 + 1));
    expect(causes()).toEqual(['not_examined']);
    refuse('shop', ' '.repeat(8 * 1024));
    await nextTurn();
    expect(causes()).toEqual(['not_examined', 'secret_white_space']);
  });

  test('takes place at most twenty times a second, for all webhooks together', async () => {
    const { clock, lines, refuse, causes } = setUp();
    for (let count = 0; count < 15; count += 1) {
      refuse('shop');
      refuse('chat');
    }
    await nextTurn();
    expect(causes().filter((cause) => cause === 'not_examined')).toHaveLength(10);
    expect(causes().filter((cause) => cause === 'secret_white_space')).toHaveLength(20);
    clock.advance(1_000);
    refuse('chat');
    await nextTurn();
    expect(lines.at(-1)).toMatchObject({ webhook: 'chat', cause: 'secret_white_space' });
  });

  test('tells what must not fail and does', async () => {
    const { lines, refuse } = setUp(() => {
      throw new Error('a test said so');
    });
    refuse();
    await nextTurn();
    expect(lines).toMatchObject([{ cause: 'not_examined', err: { message: 'a test said so' } }]);
  });
});
