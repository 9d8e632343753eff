import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { getStoreSettings, type StoreKind, storeVariables } from '../../../src/config/stores.ts';
import { appendRecords, keysOf, toDeadLetterRecord, toEventRecord } from '../../support/append-records.ts';
import { type ProviderApiServer, startProviderApiServer } from '../../support/provider-api-server.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { countsTimeoutMs, proveCounts } from '../../support/reconcile-counts.ts';
import { messagesTimeoutMs, proveMessages } from '../../support/reconcile-messages.ts';
import { launchCommand, readJson, runCommand } from '../../support/run-command.ts';
import { testSecret } from '../../support/test-receiver.ts';
import { readReadmeCell, toReadmeCell, wantAbility, wantFault } from './declared.ts';
import { openPlace, type Place, type ServedStore, startSink } from './served-store.ts';

const wait = { timeout: 60_000 };

export function describeCommands(kind: StoreKind, served: () => ServedStore, wantTaken: () => void): void {
  let provider: ProviderApiServer;
  beforeAll(async () => {
    provider = await startProviderApiServer();
  });
  afterAll(() => provider?.close());

  const eventOf = ({ events: topic }: Place, key: string, revision: number, name?: string) =>
    toEventRecord(key, revision, name, { topic });
  const show = async ({ env }: Place, ...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(['tail', '--no-follow', ...args], env);
    expect(code, stderr).toBe(0);
    return keysOf(stdout);
  };

  test('the README says what it cannot, and so does each command, with what to do instead', async () => {
    const place = await served().createPlace();
    const { cannot } = await openPlace(place);
    expect(readReadmeCell(kind), 'the last cell of its row').toBe(toReadmeCell({ cannot } as never));
    const commands = {
      events: ['tail'],
      filter: ['filter'],
      forget: ['forget', '--yes', 'k'],
    };
    for (const [ability, args] of Object.entries(commands)) {
      const why = cannot[ability as keyof typeof commands];
      if (why !== undefined) {
        const { code, stderr } = await runCommand(args, place.env);
        expect([args[0], code, stderr]).toEqual([args[0], 2, expect.stringContaining(why)]);
      }
    }
    if (cannot.filter !== undefined) {
      const { code, stderr } = await runCommand(['tail', '--latest'], place.env);
      expect([code, stderr]).toEqual([2, expect.stringContaining('has no latest states')]);
    }
  });

  test('check names it, shows no password, and says what does not answer, or that two stores are named', async () => {
    const { createPlace, nowhere, password = 'no password' } = served();
    const { env } = await createPlace();
    const check = (more: Place['env']) =>
      runCommand(['check'], { ...env, WEBHOOK_SECRET: testSecret, ...more });
    const good = await check({});
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(/^(ok|WARNING) +store /m);
    const gone = await check(nowhere);
    expect([gone.code, gone.stdout]).toEqual([1, expect.stringMatching(/^ERROR +store /m)]);
    expect(good.stdout + gone.stdout + gone.stderr).not.toContain(password);
    const [own] = getStoreSettings(kind).selectingVariables;
    const other = storeVariables.find((variable) => variable !== own) ?? '';
    if (own !== undefined) {
      const two = await check({ [other]: 'somewhere' });
      expect([two.code, two.stdout]).toEqual([1, expect.stringContaining('events go to one store only')]);
    }
  });

  test('what does not pass by itself is said soon, by check and by a command, with what to change and no password', async () => {
    const { createPlace, wrongSettings, password = 'no password' } = served();
    const place = await createPlace();
    expect(wrongSettings, 'wrong settings').not.toEqual([]);
    for (const { what, env, says } of wrongSettings) {
      const wrong = { ...place.env, WEBHOOK_SECRET: testSecret, ...env };
      const startedAt = performance.now();
      const [checked, replayed] = await Promise.all([
        runCommand(['check'], wrong),
        runCommand(['replay', '--dry-run'], wrong),
      ]);
      // The command must fail in less than 15 s, which is the time for which it waits for a server.
      expect([what, performance.now() - startedAt < 14_000]).toEqual([what, true]);
      expect([what, checked.code, replayed.code]).toEqual([what, 1, 2]);
      const errors = checked.stdout.split('\n').filter((line) => line.startsWith('ERROR'));
      for (const word of says) {
        expect([what, errors.join('\n'), replayed.stderr]).toEqual([
          what,
          expect.stringContaining(word),
          expect.stringContaining(word),
        ]);
      }
      expect(checked.stdout + replayed.stderr).not.toContain(password);
    }
    expect(await runCommand(['replay', '--dry-run'], place.env)).toMatchObject({ code: 0 });
  });

  test('topics makes what is missing, tells it before, and finds it there the next time', async ({
    skip,
  }) => {
    const place = served().namePlace();
    wantAbility(await openPlace(place), 'topics', true, skip);
    const dry = await runCommand(['topics', '--dry-run'], place.env);
    expect([dry.code, dry.stdout], dry.stderr).toEqual([1, expect.stringContaining('missing')]);
    const [made, again] = [await runCommand(['topics'], place.env), await runCommand(['topics'], place.env)];
    for (const [{ code, stdout }, outcome] of [
      [made, 'created'],
      [again, 'present'],
    ] as const) {
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^${place.deadLetter} +${outcome} `, 'm'));
      expect(stdout).toMatch(new RegExp(`^${place.events}(\\.0)? +${outcome} `, 'm'));
    }
    const { append } = await startSink(place);
    expect(await append([eventOf(place, 'a', 1), toDeadLetterRecord('{}', place.deadLetter)])).toEqual([]);
  });

  test('tail shows every event up to the end, of a time, and of an empty store none', async ({ skip }) => {
    const place = await served().createPlace();
    wantAbility(await openPlace(place), 'events', true, skip);
    expect(await show(place)).toEqual([]);
    const records = Array.from({ length: 1_200 }, (_, index) => eventOf(place, `k-${index % 400}`, index));
    await appendRecords(place.env, records);
    expect((await show(place)).toSorted()).toEqual(records.map(({ key }) => String(key)).toSorted());
    expect(await show(place, '--since', '1h')).toHaveLength(1_200);
    expect(await show(place, '--since', '2h', '--until', '1h')).toEqual([]);
  });

  test('tail shows dead letters in order, and they lie where they lay', async () => {
    const place = await served().createPlace();
    const letters = Array.from({ length: 150 }, (_, index) =>
      toDeadLetterRecord(`{"n":"n-${index}"}`, place.deadLetter),
    );
    await appendRecords(place.env, letters);
    for (const _ of ['first', 'second']) {
      const { code, stdout, stderr } = await runCommand(['tail', '--dead-letters', '--no-follow'], place.env);
      expect([code, stdout.match(/"n":"n-\d+"/g)], stderr).toEqual([
        0,
        letters.map((_letter, index) => `"n":"n-${index}"`),
      ]);
    }
    expect(await served().read(place, place.deadLetter)).toHaveLength(150);
  });

  test('tail follows from now on, and goes on by itself after it was killed', async ({ skip }) => {
    const place = await served().createPlace();
    const store = await openPlace(place);
    wantAbility(store, 'events', true, skip);
    wantAbility(store, 'writers', true, skip);
    const fault = wantFault(served(), 'is killed', skip);
    const append = (key: string) => appendRecords(place.env, [eventOf(place, key, 1)]);
    await append('old');
    expect(await show(place)).toEqual(['old']);
    const tail = launchCommand(['tail'], place.env);
    onTestFinished(() => tail.interrupt());
    const begun = async () => {
      await append('new');
      return keysOf(tail.stdout());
    };
    await expect.poll(begun, { ...wait, interval: 500 }).toContain('new');
    await fault.begin();
    await expect.poll(tail.stderr, wait).toContain('Retrying until the store responds');
    await fault.end();
    await append('later');
    await expect.poll(() => keysOf(tail.stdout()), wait).toContain('later');
    expect(keysOf(tail.stdout())).not.toContain('old');
    // Other partitions of the store may become readable a little later.
    await expect.poll(tail.stderr, wait).toContain('Reading continues.');
    tail.interrupt();
    expect((await tail.ended).code).toBe(0);
  });

  test('find tells the life of a key, by its event too, and that there is nothing', async () => {
    const place = await served().createPlace();
    const { cannot } = await openPlace(place);
    const life = [[1], [3, 'message.read'], [2], [3, 'message.read']] as const;
    await appendRecords(place.env, [
      ...life.map(([revision, name]) => eventOf(place, 'm-1', revision, name)),
      eventOf(place, 'm-2', 1),
      toDeadLetterRecord('{"x":"m-1"}', place.deadLetter),
    ]);
    const find = async (id: string) => {
      const result = await runCommand(['find', id, '--json'], place.env);
      return { code: result.code, life: readJson(result) };
    };
    const found = await find('m-1');
    expect(found).toMatchObject({ code: 0, life: { deadLetters: [{ reason: 'no_key' }] } });
    if (cannot.events === undefined) {
      const outcomes = found.life.events.map(({ outcome }: Record<string, string>) => outcome);
      expect(outcomes).toEqual(['later', 'later', 'obsolete', 'repeated']);
      expect((await find('e-m-1-2')).life.events).toEqual(found.life.events);
      expect((await find('m-9')).code).toBe(1);
    } else {
      expect(found.life.events).toEqual({ notKnown: expect.stringMatching(/./) });
      expect((await find('m-9')).code).toBe(2);
    }
    const gone = await runCommand(['find', 'm-1'], { ...place.env, ...served().nowhere });
    expect(gone.code).toBe(2);
  });

  test('its filter keeps the latest state, and forget erases that where it can', async ({ skip }) => {
    const place = await served().createPlace();
    const store = await openPlace(place);
    const filter = wantAbility(store, 'filter', served().filter, skip);
    await appendRecords(
      place.env,
      [1, 3, 2].map((revision) => eventOf(place, 'm-1', revision)),
    );
    await filter(place, 3);
    const found = await runCommand(['find', 'm-1', '--json'], place.env);
    expect(readJson(found).latest).toMatchObject([{ revision: '3' }]);
    for (const count of store.cannot.forget === undefined ? [1, 0] : []) {
      const { code, stderr } = await runCommand(['forget', '--yes', 'm-1'], place.env);
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining(count === 1 ? 'Erased 1 latest state.' : 'Erased 0 latest states.'),
      ]);
    }
  });

  test(
    'reconcile finds each event that is missing by the counts, and no other',
    async ({ skip }) => {
      const place = await served().createPlace();
      wantAbility(await openPlace(place), 'events', true, skip);
      wantTaken();
      provider.reset();
      await proveCounts(provider, place.env);
    },
    countsTimeoutMs,
  );

  test(
    'reconcile finds each missing state of 5,000 messages, and no other',
    async ({ skip }) => {
      const place = await served().createPlace();
      wantAbility(await openPlace(place), 'events', true, skip);
      provider.reset();
      const whenStored = () => startReceiverProcess({ ...place.env, WEBHOOK_SECRET: testSecret });
      await proveMessages(provider, place.env, { topic: place.events, whenStored });
    },
    messagesTimeoutMs,
  );
}
