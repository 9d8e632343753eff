import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectAllStored, expectInOrder, startLoad } from '../../support/acknowledged-load.ts';
import { startContainerReceiver } from '../../support/container-process.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

/** A process treats a lock as abandoned after ten seconds. The additional time is for a busy machine. */
const takeOver = { timeout: 40_000 };

/** Returns the ids of all events in a journal, in order. Every line of the journal must be a record. */
function storedIds(dataDir: string): string[] {
  const directory = join(dataDir, 'journal');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(JSON.parse(line).value).eventId as string);
}

const environment = (dataDir: string) => ({ DATA_DIR: dataDir, WEBHOOK_SECRET: testSecret });

describe('two containers on one journal', () => {
  test('a first one that stood still loses the journal to the second, and none of them loses an event', async () => {
    const dataDir = temporaryDirectory();
    const first = await startContainerReceiver(environment(dataDir));
    await expect.poll(() => first.ready(), takeOver).toBe(true);
    const loads = [startLoad('first', first)];
    const second = await startContainerReceiver(environment(dataDir));
    loads.push(startLoad('second', second));
    await expect.poll(() => loads[0]?.acknowledged.length, takeOver).toBeGreaterThan(20);
    first.freeze();
    await expect.poll(() => second.ready(), takeOver).toBe(true);
    await expect.poll(() => loads[1]?.acknowledged.length, takeOver).toBeGreaterThan(20);
    first.thaw();
    await expect.poll(() => first.sinkDetail(), takeOver).toMatch(/is in use by|taken over/);
    await second.kill9();
    const before = loads[0]?.acknowledged.length ?? 0;
    await expect.poll(() => loads[0]?.acknowledged.length, takeOver).toBeGreaterThan(before + 20);
    await Promise.all(loads.map((load) => load.stop()));
    expectAllStored(storedIds(dataDir), loads);
    expectInOrder(storedIds(dataDir), loads);
  });
});
