import { storeKinds } from './chosen-store.ts';
import { filterEntries, filterRunEntries } from './filter-config.ts';
import { httpEntries } from './http-config.ts';
import { keyRulesEntries } from './key-rules-config.ts';
import { managementEntries } from './management-config.ts';
import { providerApiEntries } from './provider-api-config.ts';
import { receiverEntries } from './receiver-config.ts';
import { recordHeadersEntries } from './record-headers-config.ts';
import { spoolEntries } from './spool-config.ts';
import { type StoreKind, settingsOf } from './stores.ts';
import { listVariable } from './variables.ts';
import { webhookEntries } from './webhooks-config.ts';

/** Names that something else reads; one may end with "*". */
export const ignoredEntries = { IGNORED_VARIABLES: listVariable() };

/** Every variable that some command reads. */
export const knownVariables: ReadonlySet<string> = new Set([
  'NODE_ENV',
  ...storeKinds.flatMap((kind) => settingsOf(kind).variables),
  ...[
    filterEntries,
    filterRunEntries,
    httpEntries,
    ignoredEntries,
    keyRulesEntries,
    managementEntries,
    providerApiEntries,
    receiverEntries,
    recordHeadersEntries,
    spoolEntries,
    webhookEntries,
  ].flatMap((entries) => Object.keys(entries)),
]);

/** Whether a store reads a variable, of those that are of stores. */
export function isReadBy(store: StoreKind, variable: string): boolean {
  return settingsOf(store).variables.includes(variable);
}
