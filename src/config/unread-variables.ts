import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { chooseStore, storeKinds } from './chosen-store.ts';
import { editDistance } from './edit-distance.ts';
import { ignoredEntries, isReadBy, knownVariables } from './known-variables.ts';
import { isSetByPlatform } from './platform-variables.ts';
import { type StoreKind, settingsOf } from './stores.ts';
import { readVariables } from './variables.ts';

/** A variable that is set and has no effect. */
export interface UnreadVariable extends ConfigProblem {
  /** Whether this is sure enough to keep a start in production from happening. */
  readonly isSure: boolean;
}

const serverStores = storeKinds.filter((kind) => settingsOf(kind).choosing.length > 0);

const prefixOf = (store: StoreKind) => `${store.toUpperCase()}_`;

/** Nobody else is expected to have variables that begin like this. */
const ownPrefixes: readonly string[] = [
  ...serverStores.map(prefixOf),
  'WEBHOOK_',
  'WEBHOOKS_',
  'SPOOL_',
  'FILTER_',
  'MANAGEMENT_',
  'COMAPI_API_',
];

/** A shorter name, such as PORT, is near to what other programs read. */
const minSureLength = 8;

/**
 * The variables that are misspelt, or that are of a store that is not chosen. Each would silently change what is promised.
 * What a platform sets, and what IGNORED_VARIABLES names, is none.
 */
export function findUnreadVariables(env: Env): UnreadVariable[] {
  return listOwn(env).flatMap((name) => findMisspelling(name) ?? findStoreFault(name, env) ?? []);
}

/** The same for a command without a store. */
export function findMisspeltVariables(env: Env): UnreadVariable[] {
  return listOwn(env).flatMap((name) => findMisspelling(name) ?? []);
}

function listOwn(env: Env): string[] {
  const { IGNORED_VARIABLES: ignored } = readVariables(ignoredEntries, env, []);
  const isOther = (name: string, value: string) =>
    value === '' || isSetByPlatform(name, value) || ignored.some((pattern) => matches(pattern, name));
  return Object.entries(env).flatMap(([name, value = '']) => (isOther(name, value) ? [] : [name]));
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function findMisspelling(variable: string): UnreadVariable | undefined {
  if (knownVariables.has(variable)) {
    return undefined;
  }
  const isOwn = ownPrefixes.some((prefix) => variable.startsWith(prefix));
  const meant = findNearest(variable, isOwn ? 2 : 1);
  if (meant !== undefined) {
    const isSure = isOwn || meant.length >= minSureLength;
    return { variable, message: `nothing reads it. Did you mean ${meant}?`, isSure };
  }
  const message = 'nothing reads it: remove it, or name it in IGNORED_VARIABLES if another program does.';
  return isOwn ? { variable, message, isSure: true } : undefined;
}

/** A variable of a store that has no effect, or not the one that its name promises. */
function findStoreFault(variable: string, env: Env): UnreadVariable | undefined {
  const store = serverStores.find((each) => variable.startsWith(prefixOf(each)));
  const chosen = chooseStore(env);
  const isRead = isReadBy(chosen, variable);
  // That two stores are chosen is a problem by itself.
  if (store === undefined || settingsOf(store).choosing.includes(variable)) {
    return undefined;
  }
  const { title, choosing } = settingsOf(store);
  if (chosen !== 'journal') {
    const message = `is for ${title}, but ${settingsOf(chosen).title} is the store: remove it, or name it in IGNORED_VARIABLES.`;
    return isRead ? undefined : { variable, message, isSure: true };
  }
  const instead = isRead ? 'DATA_DIR to say that the journal is meant' : 'remove it';
  const message = `is for ${title}, but no store is named, so events go to the journal: set ${choosing[0]}, or ${instead}.`;
  return isRead && env.DATA_DIR ? undefined : { variable, message, isSure: true };
}

/** The known name that is at most this many letters away. */
function findNearest(name: string, maxDistance: number): string | undefined {
  const given = name.toUpperCase();
  let nearest: string | undefined;
  let distance = maxDistance + 1;
  for (const known of knownVariables) {
    const each = Math.abs(known.length - name.length) < distance ? editDistance(given, known) : distance;
    if (each < distance) {
      [nearest, distance] = [known, each];
    }
  }
  return nearest;
}
