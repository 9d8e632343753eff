import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { type StoreKind, settingsOf, stores } from './stores.ts';

export const storeKinds = Object.keys(stores) as StoreKind[];

/** The variable that a user sets for each store that is a server, the usual one first. */
export const storeVariables: readonly string[] = storeKinds.flatMap((kind) =>
  settingsOf(kind).choosing.slice(0, 1),
);

const [setByPlatforms, setByBoth] = (['setByPlatforms', 'setByBoth'] as const).map((how) =>
  storeKinds.flatMap((kind) => settingsOf(kind)[how] ?? []),
) as [string[], string[]];

/** The store whose variables are set; the journal when none is. Of several, which are a problem, the first. */
export function chooseStore(env: Env): StoreKind {
  return listSet(env)[0]?.kind ?? 'journal';
}

/** Adds a problem when the variables of several stores are set. */
export function checkOneStore(env: Env, problems: ConfigProblem[]): void {
  const [first, ...others] = listSet(env);
  for (const { variable } of others) {
    problems.push({
      variable,
      message: `is set, and so is ${first?.variable}: one store takes the events. Keep one of the two.`,
    });
  }
}

function listSet(env: Env): { readonly kind: StoreKind; readonly variable: string }[] {
  const set = storeKinds.flatMap((kind) => {
    const variable = settingsOf(kind).choosing.find((name) => env[name]);
    return variable === undefined ? [] : [{ kind, variable }];
  });
  const own = set.filter(({ variable }) => !setByPlatforms.includes(variable));
  return own.some(({ variable }) => !setByBoth.includes(variable)) ? own : set;
}
