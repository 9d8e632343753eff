import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { findNearest } from '../runtime/near-names.ts';
import { filterVariables } from './filter-config.ts';
import { goneVariables } from './gone-variables.ts';
import { httpVariables } from './http-config.ts';
import { herokuKafkaVariables } from './kafka-tls-config.ts';
import { managementVariables } from './process-config.ts';
import { providerApiVariables } from './provider-api-config.ts';
import { receiverVariables } from './receiver-config.ts';
import { spoolVariables } from './spool-config.ts';
import { topicRulesVariable } from './store-settings.ts';
import { chooseStore, settingsOf, storeKinds, storeVariables } from './stores.ts';
import { tracesVariables } from './traces-config.ts';
import { listVariable, namesOf, readVariables } from './variables.ts';
import { webhookVariables } from './webhook-config.ts';

/** Names that something else reads; one may end with "*". */
const ignoredVariables = { ignored: listVariable('IGNORED_VARIABLES') };

/** Every variable that some command reads. */
export const knownVariables: ReadonlySet<string> = new Set([
  'NODE_ENV',
  topicRulesVariable.name,
  ...storeKinds.flatMap((kind) => settingsOf(kind).variables),
  ...[
    filterVariables,
    httpVariables,
    ignoredVariables,
    managementVariables,
    providerApiVariables,
    receiverVariables,
    spoolVariables,
    ...tracesVariables,
    webhookVariables,
  ].flatMap(namesOf),
]);

/** A variable that is set and has no effect. */
export interface UnusedVariable extends ConfigProblem {
  /** Whether this is sure enough to keep a start in production from happening. */
  readonly isSure: boolean;
}

/** How any server is trusted, and what each of them reads beside that. */
const servers = [
  { prefix: 'STORE_', title: 'a server', choosing: storeVariables },
  ...storeKinds
    .filter((kind) => settingsOf(kind).choosing.length > 0)
    .map((kind) => ({ ...settingsOf(kind), prefix: `${kind.toUpperCase()}_` })),
];

/** Nobody else is expected to have variables that begin like this. */
const ownPrefixes: readonly string[] = [
  ...servers.map(({ prefix }) => prefix),
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
 * The variables that are misspelt, that are of a store that is not chosen, or that need another one which is not set. Each
 * would silently change what is promised.
 * What a platform sets, and what IGNORED_VARIABLES names, is none.
 */
export function findUnusedVariables(env: Env): UnusedVariable[] {
  return listOwn(env).flatMap(
    (name) => findMisspelling(name) ?? findStoreProblem(name, env) ?? findMissingCompanion(name, env) ?? [],
  );
}

/** The same for a command without a store. */
export function findUnknownVariables(env: Env): UnusedVariable[] {
  return listOwn(env).flatMap((name) => findMisspelling(name) ?? []);
}

function listOwn(env: Env): string[] {
  const { ignored } = readVariables(ignoredVariables, env, []);
  const isOther = (name: string, value: string) =>
    value === '' ||
    Object.hasOwn(goneVariables, name) ||
    isSetByPlatform(name, value) ||
    ignored.some((pattern) => matches(pattern, name));
  return Object.entries(env).flatMap(([name, value = '']) => (isOther(name, value) ? [] : [name]));
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function findMisspelling(variable: string): UnusedVariable | undefined {
  if (knownVariables.has(variable)) {
    return undefined;
  }
  const isOwn = ownPrefixes.some((prefix) => variable.startsWith(prefix));
  const meant = findNearest(variable.toUpperCase(), knownVariables, isOwn ? 2 : 1);
  if (meant !== undefined) {
    const isSure = isOwn || meant.length >= minSureLength;
    return { variable, message: `nothing reads it. Did you mean ${meant}?`, isSure };
  }
  const message = 'nothing reads it: remove it, or name it in IGNORED_VARIABLES if another program does.';
  return isOwn ? { variable, message, isSure: true } : undefined;
}

/** A variable of a store that has no effect, or not the one that its name promises. */
function findStoreProblem(variable: string, env: Env): UnusedVariable | undefined {
  const server = servers.find(({ prefix }) => variable.startsWith(prefix));
  const chosen = chooseStore(env);
  const isRead = settingsOf(chosen).variables.includes(variable);
  // That two stores are chosen is a problem by itself.
  if (server === undefined || server.choosing.includes(variable)) {
    return undefined;
  }
  const { title, choosing } = server;
  if (chosen !== 'journal') {
    const message = `is for ${title}, but ${settingsOf(chosen).title} is the store: remove it, or name it in IGNORED_VARIABLES.`;
    return isRead ? undefined : { variable, message, isSure: true };
  }
  const instead = isRead ? 'DATA_DIR to say that the journal is meant' : 'remove it';
  const message = `is for ${title}, but no store is named, so events go to the journal: set ${choosing[0]}, or ${instead}.`;
  return isRead && env.DATA_DIR ? undefined : { variable, message, isSure: true };
}

/** What does nothing unless one of others is set, the usual one first. */
const companions: Readonly<Record<string, readonly string[]>> = {
  [spoolVariables.maxBytes.name]: [spoolVariables.directory.name],
  [webhookVariables.previous.name]: [webhookVariables.current.name],
  [filterVariables.groupId.name]: settingsOf('kafka').choosing,
};

function findMissingCompanion(variable: string, env: Env): UnusedVariable | undefined {
  const needed = companions[variable];
  const message = `does nothing without ${needed?.[0]}: set that as well, or remove it.`;
  return needed?.every((name) => !env[name]) ? { variable, message, isSure: true } : undefined;
}

/**
 * What Kubernetes sets for every Service of the namespace, unless the pod has no service links: a Service named redis sets
 * REDIS_SERVICE_HOST and REDIS_PORT_6379_TCP. Docker's links have the same names.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const serviceLink = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const linkedAddress = /^(tcp|udp|sctp):\/\//;

/** Heroku sets them for its add-ons. Those for Kafka count when nothing else chooses a store. */
const addOnVariables: readonly string[] = [...herokuKafkaVariables, 'REDIS_TLS_URL'];

/** Whether a platform sets this variable by itself: nobody wrote it, so it cannot be misspelt. */
export function isSetByPlatform(name: string, value: string): boolean {
  return (
    addOnVariables.includes(name) ||
    serviceLink.test(name) ||
    (name.endsWith('_PORT') && linkedAddress.test(value))
  );
}
