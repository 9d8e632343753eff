import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { findNameWithOtherUnit, findNearest } from '../runtime/similar-names.ts';
import { filterVariables } from './filter-config.ts';
import { httpVariables } from './http-config.ts';
import { herokuKafkaVariables } from './kafka-tls-config.ts';
import { managementVariables } from './process-config.ts';
import { providerApiVariables } from './provider-api-config.ts';
import { receiverVariables } from './receiver-config.ts';
import { spoolVariables } from './spool-config.ts';
import { topicRulesVariable } from './store-settings.ts';
import { chooseStore, getStoreSettings, storeKinds, storeVariables } from './stores.ts';
import { tracingVariables } from './traces-config.ts';
import { defineListVariable, listVariableNames, readVariables } from './variables.ts';
import { webhookVariables } from './webhook-config.ts';

/** Names of variables that other programs read. A name may end with the wildcard "*". */
const ignoredVariables = { ignored: defineListVariable('IGNORED_VARIABLES') };

/** All variables that at least one command reads. */
export const knownVariables: ReadonlySet<string> = new Set([
  'NODE_ENV',
  topicRulesVariable.name,
  ...storeKinds.flatMap((kind) => getStoreSettings(kind).variables),
  ...[
    filterVariables,
    httpVariables,
    ignoredVariables,
    managementVariables,
    providerApiVariables,
    receiverVariables,
    spoolVariables,
    ...tracingVariables,
    webhookVariables,
  ].flatMap(listVariableNames),
]);

/** A variable that is set but has no effect. */
export interface UnusedVariable extends ConfigProblem {
  /** Whether the problem is certain enough to prevent a start in production. */
  readonly isSure: boolean;
}

/** Name prefixes of the TLS settings that all stores share, and of the settings of each server-based store. */
const serverStores = [
  { prefix: 'STORE_', title: 'a server', selectingVariables: storeVariables },
  ...storeKinds
    .filter((kind) => getStoreSettings(kind).selectingVariables.length > 0)
    .map((kind) => ({ ...getStoreSettings(kind), prefix: `${kind.toUpperCase()}_` })),
];

/** Prefixes that no other program is expected to use. */
const ownVariablePrefixes: readonly string[] = [
  ...serverStores.map(({ prefix }) => prefix),
  'WEBHOOK_',
  'WEBHOOKS_',
  'SPOOL_',
  'FILTER_',
  'MANAGEMENT_',
  'COMAPI_API_',
];

/**
 * Minimum length of a known name for which a similar name is certainly a typing error. Shorter names, such as PORT,
 * resemble variables of other programs.
 */
const minMisspelledLength = 8;

/**
 * Finds variables that would silently have no effect. Such a variable is unknown, belongs to a store that is not
 * selected, or depends on a variable that is not set. Variables that platforms set, or that IGNORED_VARIABLES names,
 * are skipped.
 */
export function findUnusedVariables(env: Env): UnusedVariable[] {
  return listPrefixedVariables(env).flatMap(
    (name) =>
      findMisspelling(name) ?? findStoreProblem(name, env) ?? findMissingPrerequisite(name, env) ?? [],
  );
}

/** Like `findUnusedVariables`, but for a command without a store. Finds only unknown variables. */
export function findUnknownVariables(env: Env): UnusedVariable[] {
  return listPrefixedVariables(env).flatMap((name) => findMisspelling(name) ?? []);
}

function listPrefixedVariables(env: Env): string[] {
  const { ignored } = readVariables(ignoredVariables, env, []);
  const isOtherProgram = (name: string, value: string) =>
    value === '' || isSetByPlatform(name, value) || ignored.some((pattern) => matchesPattern(pattern, name));
  return Object.entries(env).flatMap(([name, value = '']) => (isOtherProgram(name, value) ? [] : [name]));
}

function matchesPattern(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function findMisspelling(variable: string): UnusedVariable | undefined {
  if (knownVariables.has(variable)) {
    return undefined;
  }
  const hasOwnPrefix = ownVariablePrefixes.some((prefix) => variable.startsWith(prefix));
  const name = variable.toUpperCase();
  const suggestedName =
    findNameWithOtherUnit(name, knownVariables) ?? findNearest(name, knownVariables, hasOwnPrefix ? 2 : 1);
  if (suggestedName !== undefined) {
    const isCertainMisspelling = hasOwnPrefix || suggestedName.length >= minMisspelledLength;
    return {
      variable,
      message: `unknown variable. Did you mean ${suggestedName}?`,
      isSure: isCertainMisspelling,
    };
  }
  const message = 'unknown variable: remove it. If another program reads it, add it to IGNORED_VARIABLES.';
  return hasOwnPrefix ? { variable, message, isSure: true } : undefined;
}

/** Finds a variable that belongs to a store that is not selected. */
function findStoreProblem(variable: string, env: Env): UnusedVariable | undefined {
  const server = serverStores.find(({ prefix }) => variable.startsWith(prefix));
  const chosenStore = chooseStore(env);
  const isUsedByStore = getStoreSettings(chosenStore).variables.includes(variable);
  // If several stores are selected, `checkOneStore` reports the conflict.
  if (server === undefined || server.selectingVariables.includes(variable)) {
    return undefined;
  }
  const { title, selectingVariables } = server;
  if (chosenStore !== 'journal') {
    const message = `is for ${title}, but the store is ${getStoreSettings(chosenStore).title}: remove it, or add it to IGNORED_VARIABLES.`;
    return isUsedByStore ? undefined : { variable, message, isSure: true };
  }
  const alternativeVariable = isUsedByStore ? 'DATA_DIR to confirm that you want the journal' : 'remove it';
  const message = `is for ${title}, but no store is configured, so events go to the journal: set ${selectingVariables[0]}, or ${alternativeVariable}.`;
  return isUsedByStore && env.DATA_DIR ? undefined : { variable, message, isSure: true };
}

/** Variables that have no effect unless one of the listed variables is set. */
const prerequisiteVariables: Readonly<Record<string, readonly string[]>> = {
  [spoolVariables.maxBytes.name]: [spoolVariables.directory.name],
  [webhookVariables.previous.name]: [webhookVariables.current.name],
  [filterVariables.groupId.name]: getStoreSettings('kafka').selectingVariables,
};

function findMissingPrerequisite(variable: string, env: Env): UnusedVariable | undefined {
  const requiredVariables = prerequisiteVariables[variable];
  const message = `has no effect without ${requiredVariables?.[0]}: set ${requiredVariables?.[0]} as well, or remove this variable.`;
  return requiredVariables?.every((name) => !env[name]) ? { variable, message, isSure: true } : undefined;
}

/**
 * Matches the variables that Kubernetes sets for every Service of the namespace, unless enableServiceLinks is false. A
 * Service named redis sets REDIS_SERVICE_HOST and REDIS_PORT_6379_TCP. Docker links set variables with the same names.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const serviceLinkPattern =
  /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const linkedAddressPattern = /^(tcp|udp|sctp):\/\//;

/** Variables that Heroku sets for add-ons. The variables for Kafka are used if no other variable selects a store. */
const addOnVariables: readonly string[] = [...herokuKafkaVariables, 'REDIS_TLS_URL'];

/** Whether a platform sets this variable automatically. If so, the name cannot be a typing error. */
export function isSetByPlatform(name: string, value: string): boolean {
  return (
    addOnVariables.includes(name) ||
    serviceLinkPattern.test(name) ||
    (name.endsWith('_PORT') && linkedAddressPattern.test(value))
  );
}
