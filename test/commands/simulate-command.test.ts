import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { runCommand } from '../support/run-command.ts';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const simulate = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(['simulate', ...args], { WEBHOOK_SECRET: testSecret, ...env });

describe('simulate', () => {
  test.each([[[]], [['--batch-size', '50']]])('proves the receiver on its journal, with %j', async (more) => {
    const { url, dataDir, ready } = await startTestReceiver();
    await expect.poll(ready).toBe(true);
    const ledger = join(temporaryDirectory(), 'ledger.jsonl');
    const args = [
      '--url',
      `${url}/webhook`,
      '--count',
      '400',
      '--seed',
      '9',
      '--verify',
      '--ledger',
      ledger,
      ...more,
    ];
    const first = await simulate(args, { DATA_DIR: dataDir });

    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/^accepted {3}400 /m);
    expect(first.stdout).toMatch(/^verified {3}every one of 3\d\d accepted events is in the journal/m);
    expect(first.code).toBe(0);
    const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(400);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      name: expect.stringMatching(/^webhook\.test\.[a-z]+\./),
      ...{ fate: 'accepted', attempts: 1, lastResult: 200 },
    });

    // The same events again: those of the first run must not count for the second.
    const again = await simulate([...args, '--json'], { DATA_DIR: dataDir });
    const { verification } = JSON.parse(again.stdout);
    expect(verification.duplicates).toBe(400 - verification.accepted);
  });

  test('with --as-provider the events have the names of the provider', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    await simulate(['--url', url.href, '--count', '50', '--as-provider']);
    const names = deliveries.map(({ body }) => JSON.parse(body.toString()).name);
    expect(names).toContain('message.sent');
    expect(names.filter((name) => name.startsWith('webhook.'))).toEqual([]);
  });

  test('fails when what was accepted is not in the store', async () => {
    const { url } = await startScriptedReceiver(() => 200);
    const args = ['--url', url.href, '--count', '20', '--verify'];
    const { code, stdout } = await simulate(args, { DATA_DIR: temporaryDirectory() });

    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT VERIFIED .* 0 are in the journal .*: \d+ missing, 0 altered, 0 misplaced$/m);
    expect(stdout).toMatch(/^ +missing [0-9a-f-]{36}$/m);
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

  test('prints the report of the run also when the store cannot be read afterwards', async () => {
    const dataDir = temporaryDirectory();
    const { url } = await startScriptedReceiver(() => {
      mkdirSync(join(dataDir, 'journal'), { recursive: true });
      writeFileSync(join(dataDir, 'journal/0000000001.jsonl'), 'not a record\n');
      return 200;
    });
    const { code, stdout, stderr } = await simulate(['--url', url.href, '--count', '3', '--verify'], {
      DATA_DIR: dataDir,
    });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^accepted {3}3 /m);
    expect(stderr).toMatch(/^error: not verified: .* has a line at byte 0 that is not a record$/m);
  });

  test.each([
    [['--count', '0'], 'Give a whole number from 1 to'],
    [['--rate', 'fast'], 'Give a number above 0.'],
    [['--duration', '30'], 'Give a time above 0 with its unit'],
    [['--batch-size', '501'], 'Give a whole number from 1 to 500.'],
    [['--ledger', '/nowhere/at/all'], '--ledger: the file cannot be written: ENOENT'],
    [['--url', 'localhost:8080'], 'Give an http:// or https:// URL.'],
    [['--secret-file', '/nowhere'], '--secret-file: the file /nowhere cannot be read'],
  ])('%j exits with 2 and sends nothing', async (args, sentence) => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const { code, stderr } = await simulate(['--url', url.href, ...args]);

    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(deliveries).toEqual([]);
  });

  test('--verify with a bad configuration sends nothing', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const { code, stderr } = await simulate(['--url', url.href, '--verify'], { KAFKA_BROKERS: 'nonsense' });
    expect(code).toBe(2);
    expect(stderr).toContain('KAFKA_BROKERS: "nonsense" is not host:port.');
    expect(deliveries).toEqual([]);
  });
});
