import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { toProgressState, toSimulationOptions } from '../../src/commands/simulate-command.ts';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
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

  test('dates its events from now, and with a seed from a fixed time', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const startedAt = Date.now();
    await simulate(['--url', url.href, '--count', '20']);
    await simulate(['--url', url.href, '--count', '20', '--seed', '7']);
    const times = deliveries.map(({ body }) => Date.parse(JSON.parse(body.toString()).timestamp));
    const now = times.slice(0, 20);
    expect(Math.min(...now)).toBeGreaterThanOrEqual(startedAt);
    expect(Math.max(...now)).toBeLessThan(startedAt + 60_000);
    expect(Math.min(...times.slice(20))).toBe(Date.UTC(2026, 0, 1));
  });

  test('shows how many events have their fate, and how many wait', () => {
    const progress = { elapsedMs: 5, sent: 10, accepted: 3, lost: 2 };
    const state = { done: 5, total: 20, elapsedMs: 5, detail: ', 5 waiting, 2 lost' };
    expect(toProgressState(progress, 20)).toEqual(state);
    expect(toProgressState(progress, Number.POSITIVE_INFINITY)).toEqual({ ...state, total: undefined });
  });

  test('that is stopped says that not all is known, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { url, deliveries } = await startScriptedReceiver(() => 503);
    const env = { WEBHOOK_SECRET: testSecret };
    const command = launchCommand(['simulate', '--url', url.href, '--count', '1', '--json'], env);
    await expect.poll(() => deliveries.length).toBe(1);
    command.interrupt();
    const { code, stdout } = await command.ended;
    expect([code, JSON.parse(stdout)]).toEqual([2, expect.objectContaining({ unfinished: 1 })]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says at once, and once, why nothing is accepted', async () => {
    const { url } = await startScriptedReceiver(() => 401);
    const { stderr } = await simulate(['--url', url.href, '--count', '3']);
    expect(stderr).toBe(
      `${url.href} returned 401. The provider does not retry, so the events are lost. The receiver uses a different secret.\n`,
    );
  });

  test.each([
    [['--duration', '30'], 'Give a duration greater than 0 with its unit'],
    [['--ledger', '/nowhere/at/all'], '--ledger: cannot write to the file: ENOENT'],
  ])('%j exits with 2 and sends nothing', async (args, sentence) => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const { code, stderr } = await simulate(['--url', url.href, ...args]);

    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(deliveries).toEqual([]);
  });
});

describe('the options of simulate', () => {
  test.each([
    [{}, { count: 1_000, durationMs: Infinity, rate: undefined, batchSize: undefined, timeScale: 1 }],
    [{ duration: 30_000 }, { count: Infinity, durationMs: 30_000 }],
    [
      { duration: 30_000, count: 5 },
      { count: 5, durationMs: 30_000 },
    ],
    [{ batchSize: 100 }, { batchSize: 100, batchTimeoutMs: 1_000 }],
    [{ seed: 7 }, { seed: 7 }],
  ])('%j', (flags, options) => {
    expect(toSimulationOptions({ timeScale: 1, ...flags })).toMatchObject(options);
  });

  test('a seed is drawn where none is given', () => {
    const draw = () => toSimulationOptions({ timeScale: 1 }).seed;
    expect(new Set([draw(), draw(), draw()]).size).toBeGreaterThan(1);
  });
});
