import { describe, expect, test } from 'vitest';
import {
  applyRegistration,
  deleteRegistration,
} from '../../../../src/tools/provider/registration/apply-registration.ts';
import type { Registration } from '../../../../src/tools/provider/registration/registration.ts';
import type { WebhookApi } from '../../../../src/tools/provider/registration/webhook-api.ts';

describe('apply registration', () => {
  function createApi(...registrations: readonly Registration[]) {
    const calls: unknown[][] = [];
    const find = (id: string) => registrations.find((each) => each.id === id) as Registration;
    const api: WebhookApi = {
      list: async () => registrations,
      read: async (id) => ({ registration: find(id), etag: `"${id}"` }),
      async create(settings) {
        calls.push(['create', settings]);
        return { ...settings, id: 'new' };
      },
      async update(id, settings, etag) {
        calls.push(['update', id, settings, etag]);
        return { ...settings, id };
      },
      async remove(id, etag) {
        calls.push(['remove', id, etag]);
      },
      availableEvents: async () => [],
    };
    return { api, calls };
  }

  const apply = { dryRun: false, setSecret: false };
  const dry = { ...apply, dryRun: true };
  const present = { id: '1', name: 'crm', url: 'https://a.example/', secret: 'secret', batch: false };
  const secrets = [{ label: 'current', value: 'secret' }];
  const several = [...secrets, { label: 'next', value: 'the next' }];
  const settings = { name: 'crm', url: 'https://a.example/', secrets, subscriptions: [] };

  test('a new registration has batches, unless it is wanted otherwise', async () => {
    const { api, calls } = createApi({ ...present, id: '2', name: 'other' });
    expect(await applyRegistration(api, settings, dry)).toMatchObject({ action: 'create' });
    expect(calls).toEqual([]);
    expect(await applyRegistration(api, { ...settings, maxBatchSize: 5 }, apply)).toMatchObject({
      id: 'new',
    });
    const { secrets: _, ...plain } = { ...settings, secret: 'secret' };
    expect(calls).toEqual([['create', { ...plain, batch: true, maxBatchSize: 5, batchTimeout: 1 }]]);
    const { url, subscriptions } = settings;
    const missing = { '--url': { subscriptions }, 'at least one --event': { url } };
    for (const [option, others] of Object.entries(missing)) {
      await expect(applyRegistration(api, { name: 'crm', secrets, ...others }, apply)).rejects.toThrow(
        `the registration "crm" does not exist yet. To create it, give ${option}.`,
      );
    }
  });

  test('an update repeats what stays, under the version that was read', async () => {
    const { api, calls } = createApi(present);
    const wanted = { name: 'crm', url: 'https://b.example/', secrets };
    expect(await applyRegistration(api, wanted, dry)).toMatchObject({ action: 'update', id: '1' });
    expect(calls).toEqual([]);
    await applyRegistration(api, wanted, apply);
    const { id: _id, ...rest } = present;
    expect(calls).toEqual([['update', '1', { ...rest, url: wanted.url }, '"1"']]);
  });

  test('nothing is written where nothing differs; a hidden secret is written when that is requested', async () => {
    const same = createApi(present);
    expect(await applyRegistration(same.api, { name: 'crm', secrets }, apply)).toMatchObject({
      action: 'none',
      secretUnknown: false,
    });
    const hidden = createApi({ ...present, secret: '***' });
    const wanted = { name: 'crm', secrets };
    expect(await applyRegistration(hidden.api, wanted, apply)).toMatchObject({ secretUnknown: true });
    await applyRegistration(hidden.api, wanted, { ...apply, setSecret: true });
    expect([same.calls.length, hidden.calls.length]).toEqual([0, 1]);
  });

  test('of several secrets the provider keeps its own, through other changes as well', async () => {
    const { api, calls } = createApi({ ...present, secret: 'the next' });
    const wanted = { name: 'crm', secrets: several };
    expect(await applyRegistration(api, wanted, apply)).toMatchObject({
      action: 'none',
      secretUnknown: false,
    });
    await applyRegistration(api, { ...wanted, batch: true }, apply);
    expect(calls).toEqual([
      ['update', '1', expect.objectContaining({ secret: 'the next', batch: true }), '"1"'],
    ]);
  });

  test('of several secrets none is written unless it is certain which one', async () => {
    const undecided = /^several secrets are valid \(current, next\)\. Choose the secret (?!.*the next)/;
    const fresh = createApi();
    await expect(applyRegistration(fresh.api, { ...settings, secrets: several }, apply)).rejects.toThrow(
      undecided,
    );
    const foreign = createApi({ ...present, secret: 'another' });
    const wanted = { name: 'crm', secrets: several };
    await expect(applyRegistration(foreign.api, wanted, apply)).rejects.toThrow(undecided);
    const hidden = createApi({ ...present, secret: '***' });
    expect(await applyRegistration(hidden.api, wanted, apply)).toMatchObject({
      action: 'none',
      secretUnknown: true,
    });
    await expect(applyRegistration(hidden.api, { ...wanted, batch: true }, apply)).rejects.toThrow(undecided);
    expect([fresh.calls, foreign.calls, hidden.calls]).toEqual([[], [], []]);
  });

  test('is deleted once, and only when there is one of that name', async () => {
    const { api, calls } = createApi(present);
    expect(await deleteRegistration(api, 'crm', { dryRun: true })).toMatchObject({ action: 'delete' });
    expect(await deleteRegistration(api, 'other', { dryRun: false })).toMatchObject({ action: 'none' });
    expect(calls).toEqual([]);
    await deleteRegistration(api, 'crm', { dryRun: false });
    expect(calls).toEqual([['remove', '1', '"1"']]);
    const twice = createApi(present, { ...present, id: '2' });
    await expect(deleteRegistration(twice.api, 'crm', { dryRun: false })).rejects.toThrow(
      '2 registrations with the name "crm" (1, 2)',
    );
  });
});
