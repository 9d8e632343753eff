import { readFile } from 'node:fs/promises';
import { runAbuseProcess } from './run-abuse-process.ts';

export interface FloodSpec {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  readonly isSigned: boolean;
  /** Number of requests per second, regardless of the responses. `1e9` means as many as the connections can send. */
  readonly requestsPerSecond: number;
  readonly seconds: number;
  readonly connections: number;
  /** Number of requests in flight on one connection. */
  readonly depth: number;
  readonly padBytes: number;
  /** Prefix of every event id. */
  readonly label: string;
  readonly acknowledgedFile: string;
}

export interface FloodReport {
  readonly sent: number;
  /** Number of requests that were due while every connection was full. */
  readonly unsent: number;
  readonly unanswered: number;
  /** Number of responses by status. `cut` is the number of connections that ended without a response. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly maxAnswerMs: number;
}

export interface Flood extends FloodReport {
  readonly acknowledged: readonly string[];
}

export async function runFlood(spec: FloodSpec): Promise<Flood> {
  const report = await runAbuseProcess<FloodReport>(new URL('flood-process.ts', import.meta.url), spec);
  const ids = await readFile(spec.acknowledgedFile, 'utf8');
  return { ...report, acknowledged: ids === '' ? [] : ids.split('\n') };
}
