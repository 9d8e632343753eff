import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/commands/load-config.ts';
import { loadFilterConfig, loadFilterRunConfig } from '../../src/config/filter-config.ts';
import { providerApiVariables } from '../../src/config/provider-api-config.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { getStoreSettings, storeKinds } from '../../src/config/stores.ts';
import { isSetByPlatform, knownVariables } from '../../src/config/unused-variables.ts';
import { listVariableNames } from '../../src/config/variables.ts';
import type { Env } from '../../src/runtime/config-error.ts';
import { filterRows } from './filter-rows.ts';
import { receiverRows } from './receiver-rows.ts';
import { type Row, tryOut } from './trial.ts';

const isPlatforms = (name: string) => /^OTEL_|^CLOUDAMQP_URL$/.test(name) || isSetByPlatform(name, '');
const own = [...knownVariables].filter((name) => !isPlatforms(name));

/** Lists the settings that a configuration reads, for each store in turn. */
function listRead(load: (env: Env) => unknown): string[] {
  const asked = new Set<string>();
  for (const kind of storeKinds) {
    const choosing = getStoreSettings(kind).selectingVariables.map((name) => [name, 'x']);
    const given: Env = { FILTER_WINDO: 'x', ...Object.fromEntries(choosing) };
    const get = (_: Env, name: string) => {
      asked.add(name);
      return given[name];
    };
    try {
      load(new Proxy(given, { get }));
    } catch {
      // Missing settings do not matter here.
    }
  }
  return own.filter((name) => asked.has(name));
}

const asked = {
  receive: listRead((env) => loadConfig(env, loadReceiverConfig)),
  filter: [loadFilterConfig, loadFilterRunConfig].flatMap((load) => listRead((env) => loadConfig(env, load))),
};
/** The filter does not support these stores. */
const otherStores = own.filter((name) => /^(REDIS|RABBITMQ)_/.test(name));

const listSettings = (rows: readonly Row[]) => [...new Set(rows.map(({ setting }) => setting))].toSorted();

test('each setting that the receiver or the filter asks for has a row, and no other has', () => {
  expect(listSettings(receiverRows)).toEqual(asked.receive.toSorted());
  const ofFilter = [...new Set(asked.filter)].filter((name) => !otherStores.includes(name));
  expect(listSettings(filterRows)).toEqual(ofFilter.toSorted());
  const ofOthers = listVariableNames(providerApiVariables);
  expect(own.filter((name) => ![...asked.receive, ...asked.filter, ...ofOthers].includes(name))).toEqual([]);
});

describe.each([
  ['receive', receiverRows],
  ['filter', filterRows],
])('%s with another value', (_command, rows) => {
  test.each(rows.map((each) => [[each.setting, each.as].filter(Boolean).join(', '), each] as const))(
    '%s',
    async (_title, { setting, prepare }) => {
      const trial = await prepare();
      const { before, after } = await tryOut(setting, trial);
      expect(after).toEqual(trial.shows);
      expect(before).not.toEqual(trial.shows);
    },
  );
});
