import { runAbuseProcess } from './run-abuse-process.ts';

export interface SlowClientsSpec {
  readonly port: number;
  readonly count: number;
  readonly durationMs: number;
  /** Written once the connection is up. */
  readonly opening: string;
  /** Written again and again afterwards. */
  readonly drip?: string;
  readonly dripMs?: number;
  /** Reads nothing of what the server says. */
  readonly neverReads?: boolean;
  /** A connection that the server ends is made anew after a second. */
  readonly comesBack?: boolean;
}

export interface SlowClientsReport {
  readonly opened: number;
  /** By the server, while the abuse lasted. */
  readonly endedByServer: number;
  readonly openAtEnd: number;
  /** Longest life of a connection that the server ended. */
  readonly longestMs: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** Many connections that misbehave in one way, from a process of their own. */
export function runSlowClients(spec: SlowClientsSpec): Promise<SlowClientsReport> {
  return runAbuseProcess<SlowClientsReport>(new URL('slow-clients-process.ts', import.meta.url), spec);
}
