import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

interface LoadResult {
  /** Number of requests that got a 2xx response. */
  readonly requests: number;
  readonly durationUs: number;
  /**
   * Number of requests that failed: with another response, with no response within 10 s, or because the connection was
   * closed.
   */
  readonly failures: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const script = new URL('load.lua', import.meta.url).pathname;

export interface LoadShape {
  readonly bodies: string;
  readonly connections: number;
  readonly seconds: number;
}

/** Sends closed-loop load: each connection sends its next request only after the response to its previous one. */
export async function runLoad(url: string, { bodies, connections, seconds }: LoadShape): Promise<LoadResult> {
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
    url,
    '--',
    bodies,
  ]);
  const json = /^JSON(.*)$/m.exec(stdout)?.[1];
  if (json === undefined) {
    throw new Error(`wrk printed no result:\n${stdout}`);
  }
  return JSON.parse(json) as LoadResult;
}
