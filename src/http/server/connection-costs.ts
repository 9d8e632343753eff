import type { HttpConfig } from '../../config/http-config.ts';
import type { ConnectionLimits } from './limit-connections.ts';

/** With a request under way, rounded up from what was measured (docs/decisions/020-clients-that-mean-no-good.md). */
const connectionBytes = { http: 24 * 1024, https: 96 * 1024 };

/** Part of the memory that connections may take. */
const connectionShare = 1 / 5;

/** As many connections as the memory allows: in 512 MiB 4,369, and 1,092 with TLS. */
export function toConnectionLimits({ tls }: Pick<HttpConfig, 'tls'>, memoryBytes: number): ConnectionLimits {
  const bytes = tls === undefined ? connectionBytes.http : connectionBytes.https;
  return { maxConnections: Math.floor((memoryBytes * connectionShare) / bytes), whenFull: 'refuse' };
}
