import { runAbuseProcess } from './run-abuse-process.ts';

export interface SlowClientsSpec {
  readonly port: number;
  readonly count: number;
  readonly durationMs: number;
  /** Bytes that are written once the connection is open. */
  readonly opening: string;
  /** Number of times that the opening is written at once. */
  readonly times?: number;
  /** Number of bytes that are written after the opening. */
  readonly padBytes?: number;
  /** Written repeatedly afterwards. */
  readonly drip?: string;
  readonly dripMs?: number;
  /** Writes the opening again whenever the server responds. */
  readonly asksAgain?: boolean;
  /** Reads nothing that the server sends. */
  readonly neverReads?: boolean;
  /** Reopens a connection one second after the server closes it. */
  readonly comesBack?: boolean;
  /** Minimum time between opening a connection and reopening it, which limits the rate. */
  readonly leastLifeMs?: number;
  readonly tls?: boolean;
  /** Interval in ms at which a hundred connections are opened; 10 by default. */
  readonly hundredEachMs?: number;
}

export interface SlowClientsReport {
  readonly opened: number;
  /** Connections that the server closed during the abuse. */
  readonly endedByServer: number;
  readonly openAtEnd: number;
  /** Longest lifetime of a connection that the server closed. */
  readonly longestMs: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** Opens many connections that misbehave in the same way, from a separate process. */
export function runSlowClients(spec: SlowClientsSpec): Promise<SlowClientsReport> {
  return runAbuseProcess<SlowClientsReport>(new URL('slow-clients-process.ts', import.meta.url), spec);
}
