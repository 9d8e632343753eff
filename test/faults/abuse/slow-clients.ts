import { runAbuseProcess } from './run-abuse-process.ts';

export interface SlowClientsSpec {
  readonly port: number;
  readonly count: number;
  readonly durationMs: number;
  /** Bytes that the client writes as soon as the connection is open. */
  readonly opening: string;
  /** Number of times that the client writes the opening, all at once. */
  readonly times?: number;
  /** Number of bytes that the client writes after the opening. */
  readonly padBytes?: number;
  /** Text that the client writes repeatedly after the opening. */
  readonly drip?: string;
  readonly dripMs?: number;
  /** Whether the client writes the opening again whenever the server responds. */
  readonly asksAgain?: boolean;
  /** Whether the client never reads the data that the server sends. */
  readonly neverReads?: boolean;
  /** Whether the client reopens a connection one second after the server closes the connection. */
  readonly comesBack?: boolean;
  /** Minimum time between opening a connection and reopening it. This limits the rate of new connections. */
  readonly leastLifeMs?: number;
  readonly tls?: boolean;
  /** Interval in milliseconds at which a hundred connections are opened. The default is 10. */
  readonly hundredEachMs?: number;
}

export interface SlowClientsReport {
  readonly opened: number;
  /** Number of connections that the server closed during the abuse. */
  readonly endedByServer: number;
  readonly openAtEnd: number;
  /** Longest lifetime of a connection that the server closed. */
  readonly longestMs: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** Opens many connections that all misbehave in the same way, from a separate process. */
export function runSlowClients(spec: SlowClientsSpec): Promise<SlowClientsReport> {
  return runAbuseProcess<SlowClientsReport>(new URL('slow-clients-process.ts', import.meta.url), spec);
}
