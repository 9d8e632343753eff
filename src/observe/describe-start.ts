import type { ReceiverConfig } from '../config/receiver-config.ts';
import { version } from '../runtime/version.ts';
import type { SecretWatch } from './secret-watch.ts';

/** What an auditor wants to know of a configuration: the store, and whose signatures count. */
export function describeStart(
  { store, http, traces }: Pick<ReceiverConfig, 'store' | 'http' | 'traces'>,
  secrets: Pick<SecretWatch, 'current'>,
): Readonly<Record<string, unknown>> {
  const labels = secrets
    .current()
    .map(({ webhook, known }) => [webhook, known.secrets.map(({ label }) => label)]);
  return {
    version,
    store: store.kind,
    tls: http.tls !== undefined,
    traces: traces?.url,
    secretLabels: Object.fromEntries(labels),
  };
}
