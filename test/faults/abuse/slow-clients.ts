import { runAbuseProcess } from './run-abuse-process.ts';

export interface SlowClientsSpec {
  readonly port: number;
  readonly count: number;
  readonly durationMs: number;
  /** Written once the connection is up. */
  readonly opening: string;
  /** The opening is written so many times at once. */
  readonly times?: number;
  /** So many bytes are written after the opening. */
  readonly padBytes?: number;
  /** Written again and again afterwards. */
  readonly drip?: string;
  readonly dripMs?: number;
  /** The opening is written again as soon as something is answered. */
  readonly asksAgain?: boolean;
  /** Reads nothing of what the server says. */
  readonly neverReads?: boolean;
  /** A connection that the server ends is made anew after a second. */
  readonly comesBack?: boolean;
  /** No connection is made anew sooner than this after it was opened, so that their rate is bounded. */
  readonly leastLifeMs?: number;
  readonly tls?: boolean;
  /** A hundred are opened each time that this has passed; 10 by default. */
  readonly hundredEachMs?: number;
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
