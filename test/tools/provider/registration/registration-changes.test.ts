import { expect, test } from 'vitest';
import type {
  Registration,
  RegistrationSettings,
} from '../../../../src/tools/provider/registration/registration.ts';
import { findRegistrationChanges } from '../../../../src/tools/provider/registration/registration.ts';

const present: Registration = {
  id: '1',
  name: 'crm',
  url: 'https://a.example',
  secret: 'planted',
  batch: true,
  maxBatchSize: 100,
  subscriptions: [
    { type: 'a', filters: [] },
    { type: 'b', filters: [{ name: 'x', value: '1' }] },
  ],
};

test.each<[Omit<RegistrationSettings, 'name'>, readonly string[]]>([
  [{}, []],
  [{ url: 'https://a.example/' }, []],
  [{ url: 'https://b.example/' }, ['url: https://a.example → https://b.example/']],
  [{ secret: 'planted' }, []],
  [{ secret: 'planted as well' }, ['secret: changes']],
  [
    { batch: true, maxBatchSize: 50, batchTimeout: 2 },
    ['maxBatchSize: 100 → 50', 'batchTimeout: (none) → 2'],
  ],
  [{ subscriptions: (present.subscriptions ?? []).toReversed() }, []],
  [
    { subscriptions: [{ type: 'b', filters: [{ name: 'x', value: '2' }] }] },
    ['subscriptions: + b:x=2', 'subscriptions: - a', 'subscriptions: - b:x=1'],
  ],
])('%j changes %j', (wanted, texts) => {
  const changes = findRegistrationChanges(present, { name: 'crm', ...wanted });
  expect(changes.map(({ text }) => text)).toEqual(texts);
});

test.each([undefined, '', '****', '••'])('a hidden secret (%s) cannot differ', (secret) => {
  const { secret: _shown, ...rest } = present;
  const hidden = { ...rest, ...(secret !== undefined && { secret }) };
  expect(findRegistrationChanges(hidden, { name: 'crm', secret: 'another' })).toEqual([]);
});
