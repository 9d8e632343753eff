import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { freePorts } from '../support/free-ports.ts';
import { runCommand } from '../support/run-command.ts';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const simulate = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(['simulate', ...args], { WEBHOOK_SECRET: testSecret, ...env });

describe('simulate', () => {
  test.each([[[]], [['--batch-size', '50']]])('fills a receiver and its ledger, with %j', async (more) => {
    const { url, dataDir, ready } = await startTestReceiver();
    await expect.poll(ready).toBe(true);
    const ledger = join(temporaryDirectory(), 'ledger.jsonl');
    const args = ['--url', `${url}/webhook`, '--count', '400', '--ledger', ledger, ...more];
    const { code, stdout, stderr } = await simulate(args);

    expect(stderr).toBe('');
    expect(stdout).toMatch(/^accepted {3}400 /m);
    expect(code).toBe(0);
    const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(400);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      name: expect.stringMatching(/^webhook\.test\.[a-zA-Z]+\.[a-zA-Z]+$/),
      ...{ fate: 'accepted', attempts: 1, lastResult: 200 },
    });

    const env = { WEBHOOK_SECRET: testSecret, DATA_DIR: dataDir };
    const compared = await simulateAndCompare(`${url}/webhook`, ['--count', '400', ...more], { env });
    expect(compared).toMatchObject({ code: 0, accepted: 400, records: 400, problems: [] });
  });

  test('with --as-provider the events have the names of the provider', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    await simulate(['--url', url.href, '--count', '50', '--as-provider']);
    const names = deliveries.map(({ body }) => JSON.parse(body.toString()).name);
    expect(names).toContain('message.sent');
    expect(names.filter((name) => name.startsWith('webhook.'))).toEqual([]);
  });

  test('fails when an event was lost', async () => {
    const { url } = await startScriptedReceiver(() => 400);
    const { code, stdout } = await simulate(['--url', url.href, '--count', '3', '--json']);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ lost: 3, lostBy: { status_400: 3 } });
  });

  test('says at once, and once, why nothing is accepted', async () => {
    const { url } = await startScriptedReceiver(() => 401);
    const { stderr } = await simulate(['--url', url.href, '--count', '3']);
    expect(stderr).toBe(
      `${url.href} answered 401: the provider would drop such data for good; the receiver has another secret\n`,
    );
    const [port] = await freePorts(1);
    const refused = await simulate([
      '--url',
      `http://127.0.0.1:${port}/`,
      '--count',
      '3',
      '--time-scale',
      '1000000',
    ]);
    expect(refused.stderr).toMatch(
      / gave no answer \(refused\): it is retried on the provider's schedule, .*\n$/,
    );
  });

  test.each([
    [['--count', '0'], 'Give a whole number from 1 to'],
    [['--duration', '30'], 'Give a time above 0 with its unit'],
    [['--ledger', '/nowhere/at/all'], '--ledger: the file cannot be written: ENOENT'],
  ])('%j exits with 2 and sends nothing', async (args, sentence) => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const { code, stderr } = await simulate(['--url', url.href, ...args]);

    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(deliveries).toEqual([]);
  });
});
