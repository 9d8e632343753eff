import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { getStoreSettings, type StoreKind } from '../../../src/config/stores.ts';
import type { Store, StoreCapability } from '../../../src/stores/store.ts';
import type { Fault, FaultName, ServedStore } from './served-store.ts';

type Skip = (why: string) => never;

/** Skips the test of an ability that the store declares missing. Every other ability must have a test. */
export function wantAbility<T>(store: Store, ability: StoreCapability, how: T | undefined, skip: Skip): T {
  const why = store.cannot[ability];
  if (why !== undefined) {
    skip(`${ability}: ${why}`);
  }
  if (how === undefined) {
    throw new Error(`It does not say that it cannot (${ability}), and its test does not say how it does.`);
  }
  return how;
}

export function wantFault({ faults }: ServedStore, name: FaultName, skip: Skip): Fault {
  const fault = faults[name];
  return typeof fault === 'string' ? skip(fault) : endWithTest(fault);
}

/** Ends the fault after the test, so that the next test finds a healthy server even if this test fails. */
export function endWithTest(fault: Fault): Fault {
  let isOn = false;
  async function end(): Promise<void> {
    if (isOn) {
      isOn = false;
      await fault.end();
    }
  }
  onTestFinished(end);
  return {
    begin() {
      isOn = true;
      return fault.begin();
    },
    end,
  };
}

const words: Readonly<Record<StoreCapability, string>> = {
  parts: 'independent partitions',
  writers: 'several receivers',
  spool: 'the spool',
  events: '`tail`, `find` and `reconcile` of events',
  readBack: 'the read-back check',
  filter: '`filter`',
  forget: '`forget`',
  topics: '`topics`',
};

/** Returns the text that the last cell of the store's row in the README must contain. */
export function toReadmeCell({ cannot }: Store): string {
  const lacks = (Object.keys(words) as StoreCapability[]).filter((ability) => cannot[ability] !== undefined);
  return lacks.map((ability) => words[ability]).join(', ') || 'none';
}

/**
 * Returns the abilities that a store lacks according to the README. The row of the store is the one that contains the
 * variable which selects the store.
 */
export function readReadmeCell(kind: StoreKind): string | undefined {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [variable] = getStoreSettings(kind).selectingVariables;
  const chosenBy = variable === undefined ? 'none of these' : `\`${variable}\``;
  const rows = readme.split('\n').map((line) => line.split(' | '));
  return rows
    .find((cells) => cells[1] === chosenBy)
    ?.at(-1)
    ?.replace(/ \|$/, '');
}
