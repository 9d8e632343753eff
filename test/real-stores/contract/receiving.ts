import { expect, test } from 'vitest';
import type { StoreKind } from '../../../src/config/stores.ts';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { simulateAndCompare } from '../../support/compare-stored.ts';
import { delivery } from '../../support/http-text.ts';
import { batchOf, eventOf, indices, keyOf } from '../../support/large-batch.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes } from '../../support/read-spool.ts';
import { runCommand } from '../../support/run-command.ts';
import { checkStatus } from '../../support/status-contract.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';
import { endWithTest, wantAbility, wantFault } from './declared.ts';
import { openPlace, type Place, providerMs, type ServedStore, type TestEnv } from './served-store.ts';

const wait = { timeout: 60_000 };

export function describeReceiving(kind: StoreKind, served: () => ServedStore, wantTaken: () => void): void {
  /** A receiver that uses the store, with a function that sends a body to the receiver. */
  async function startReceiver({ env }: Place, more: TestEnv = {}) {
    wantTaken();
    const receiver = await startTestReceiver({ env: { ...env, ...more } });
    await expect.poll(receiver.readiness, wait).toContain('{"ready":true');
    const post = async (sent: string) => {
      const { status, body } = await sendRaw(receiver.url, delivery(sent));
      return status === 200 ? status : `${status} ${body}`;
    };
    return { ...receiver, post };
  }

  async function readIds(place: Place): Promise<ReadonlySet<string | undefined>> {
    return new Set((await served().read(place, place.events)).map(({ headers }) => headers.ce_id));
  }

  test('every event of simulate is stored byte for byte in the part of its key', async ({ skip }) => {
    const place = await served().createPlace();
    wantAbility(await openPlace(place), 'events', true, skip);
    const { url, stop } = await startReceiver(place);
    const args = ['--count', '2000', '--batch-size', '100'];
    const env = { ...place.env, WEBHOOK_SECRET: testSecret };
    const { parts } = served();
    const compared = await simulateAndCompare(`${url}/webhook`, args, {
      env,
      ...(parts > 1 && { partitions: parts }),
    });
    await stop();
    expect(compared).toMatchObject({ code: 0, sent: 2_000, accepted: 2_000, problems: [] });
  });

  test('a rejected event is replayed once, byte for byte, and an event without a key stays until another rule applies', async () => {
    const { createPlace, read } = served();
    const place = await createPlace();
    const { post, stop } = await startReceiver(place);
    const elements = indices(200).map((index) => `{"id":"id-${index}", "n":1.0}`);
    expect(await post(`[${elements.join()},7,{"other":"x"}]`)).toBe(200);
    expect(await post('not json')).toBe(200);
    await stop();
    expect(await read(place, place.events)).toEqual([]);
    const replay = (args: readonly string[], rules = '*=id') =>
      runCommand(['replay', '--group', place.events, ...args], { ...place.env, KEY_RULES: rules });

    const dry = await replay(['--dry-run']);
    expect(dry).toMatchObject({ code: 1, stderr: '' });
    expect(dry.stdout).toMatch(/^no_key +default +200 +would be replayed to /m);
    expect(dry.stdout).toMatch(/^not_json +default +1 +would fail again and stay in the store: not_json$/m);
    const other = await replay(['--reason', 'too_large']);
    expect(other.stdout).toContain('Kept 203 dead letters that the options do not select.');
    expect(await read(place, place.events)).toEqual([]);

    const first = await replay(['--reason', 'no_key']);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    expect(first.stdout).toMatch(/^no_key +default +200 +replayed to /m);
    expect(first.stdout).toMatch(/^no_key +default +1 +failed again and stayed in the store: no_key$/m);
    const records = await read(place, place.events);
    expect(records.map(({ value }) => String(value)).toSorted()).toEqual(elements.toSorted());
    expect(records.map(({ key }) => String(key)).toSorted()).toEqual(
      indices(200)
        .map((index) => `id-${index}`)
        .toSorted(),
    );
    expect(records.filter(({ headers }) => !/.\/\d/.test(headers['replayed-from'] ?? ''))).toEqual([]);

    const again = await replay([]);
    expect(again.stdout).toMatch(
      /: read 3 dead letters that had not been replayed\. Of these, 3 cannot be replayed\.$/m,
    );
    expect(await read(place, place.events)).toHaveLength(200);
    const last = await replay([], '*=other');
    expect(last.stdout).toMatch(/^no_key +default +1 +replayed to /m);
    expect((await read(place, place.events)).map(({ key }) => String(key))).toContain('x');
  });

  test('while it is unavailable a receiver is alive and ready, refuses in time and says so; it serves again, without a restart, as does one that started then', async ({
    skip,
  }) => {
    const fault = wantFault(served(), 'is killed', skip);
    const place = await served().createPlace();
    const { cannot } = await openPlace(place);
    const receiver = await startReceiver(place);
    const { url, managementUrl, ready, post } = receiver;
    const since = () => receiver.metric('comapi_webhook_sink_unavailable_since_timestamp_seconds');
    const report = async () => {
      const status = (await (await fetch(`${managementUrl}/status.json`)).json()) as ReceiverReport;
      expect(checkStatus(status)).toEqual([]);
      return status;
    };
    expect(await post(eventOf(1))).toBe(200);
    expect(await report()).toMatchObject({ ready: true, store: { kind, up: true } });

    await fault.begin();
    const startedAt = performance.now();
    const { status, headers } = await sendRaw(url, delivery(eventOf(2)));
    expect([status, headers]).toEqual([503, expect.stringContaining('Retry-After: ')]);
    // Each delivery must get a response within the provider's timeout.
    expect(performance.now() - startedAt).toBeLessThan(providerMs);
    await expect.poll(since, wait).toBeGreaterThan(0);
    expect([await ready(), (await fetch(`${managementUrl}/livez`)).status]).toEqual([true, 200]);
    await expect.poll(report, wait).toMatchObject({
      ...{ headline: { id: 'store_unavailable' }, ready: true },
      ...{ refused: { since: expect.any(String) }, store: { up: false, detail: expect.stringMatching(/./) } },
    });
    const late = cannot.writers === undefined ? await startTestReceiver({ env: place.env }) : receiver;
    expect(await late.ready()).toBe(late === receiver);

    await fault.end();
    await expect.poll(since, wait).toBe(0);
    await expect.poll(late.readiness, wait).toContain('{"ready":true');
    // The receiver may have connected before every partition of the store has elected a leader again.
    await expect.poll(() => post(eventOf(3)), wait).toBe(200);
    await expect.poll(async () => (await report()).store.up, wait).toBe(true);
    expect([...(await readIds(place))]).toEqual(expect.arrayContaining(['e-1', 'e-3']));
  });

  test('with a spool deliveries hear 200 while it is unavailable, over a restart, and it has all of them when it is back', async ({
    skip,
  }) => {
    const fault = wantFault(served(), 'is killed', skip);
    const place = await served().createPlace();
    wantAbility(await openPlace(place), 'spool', true, skip);
    const spool = { SPOOL_DIR: temporaryDirectory() };
    const first = await startReceiver(place, spool);
    expect(await first.post(eventOf(1))).toBe(200);
    await fault.begin();
    for (const index of [2, 3, 4]) {
      expect(await first.post(eventOf(index))).toBe(200);
    }
    expect(await first.ready()).toBe(true);
    await first.stop();

    const second = await startReceiver(place, spool);
    expect(await second.post(eventOf(5))).toBe(200);
    expect(await spoolBytes(second)).toBeGreaterThan(0);
    await fault.end();
    await expect.poll(() => spoolBytes(second), wait).toBe(0);
    const written = () => second.metric('comapi_webhook_spool_written_records_total');
    expect(await written()).toBe(1);
    // The partition of this event's key may be the last one to elect a leader again.
    const throughSpool = async () => {
      const before = await written();
      expect(await second.post(eventOf(6))).toBe(200);
      return (await written()) - before;
    };
    await expect.poll(throughSpool, wait).toBe(0);
    await expect.poll(() => spoolBytes(second), wait).toBe(0);
    expect(await readIds(place)).toEqual(new Set([1, 2, 3, 4, 5, 6].map((index) => `e-${index}`)));
  });

  test('with a spool one part that rejects writes holds up nothing else, under a large batch, and gets its events when it is fixed', async ({
    skip,
  }) => {
    const { createPlace, parts, ...own } = served();
    const place = await createPlace();
    const spoilPart = wantAbility(await openPlace(place), 'parts', own.spoilPart, skip);
    const receiver = await startReceiver(place, { SPOOL_DIR: temporaryDirectory() });
    const count = async (what: string) => receiver.metric(`comapi_webhook_spool_${what}`);
    const waiting = async () =>
      (await count('written_records_total')) - (await count('drained_records_total{outcome="stored"}'));
    const isBad = (index: number) => partitionFor(keyOf(index), parts) === 0;
    const bad = indices(500).filter(isBad).length;
    expect([bad > 0, bad < 500]).toEqual([true, true]);

    const fault = endWithTest(spoilPart(place));
    await fault.begin();
    expect(await receiver.post(batchOf(500, 1_000))).toBe(200);
    // The spool no longer contains the events that the other partitions accepted. Retried events may be counted twice.
    await expect.poll(waiting, wait).toBeLessThanOrEqual(bad);
    const later = indices(600).slice(500);
    for (const index of later) {
      expect(await receiver.post(eventOf(index))).toBe(200);
    }
    await expect.poll(waiting, wait).toBeLessThanOrEqual(bad + later.filter(isBad).length);
    expect(await spoolBytes(receiver)).toBeGreaterThan(0);
    expect(await receiver.ready()).toBe(true);

    await fault.end();
    await expect.poll(() => spoolBytes(receiver), wait).toBe(0);
    expect(await receiver.post(eventOf(600))).toBe(200);
    expect((await readIds(place)).size).toBe(601);
  });
}
