import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../../support/free-ports.ts';
import { guardProcess } from '../../support/guard-process.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { waitUntil } from '../../support/wait-until.ts';

export interface ScrapeTarget {
  /** `host:port` of the management port. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Epoch seconds and value, oldest first. */
  readonly values: readonly (readonly [number, string])[];
}

export interface Prometheus {
  queryRange(expr: string, fromSeconds: number, toSeconds: number, stepSeconds: number): Promise<Series[]>;
  stop(): Promise<void>;
}

/** A real Prometheus that scrapes the targets every second. */
export async function startPrometheus(targets: readonly ScrapeTarget[]): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'test',
        static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
      },
    ],
  };
  writeFileSync(join(directory, 'prometheus.yml'), stringify(config));
  const [port = 0] = await freePorts(1);
  const child: ChildProcess = spawn(
    await provideTool('prometheus'),
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  await once(child, 'spawn');
  guardProcess(child, directory);
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(`${url}/-/ready`)).ok, {
    timeoutMs: 30_000,
    what: 'Prometheus is ready',
  });
  return {
    async queryRange(expr, fromSeconds, toSeconds, stepSeconds) {
      const parameters = new URLSearchParams({
        query: expr,
        start: String(fromSeconds),
        end: String(toSeconds),
        step: String(stepSeconds),
      });
      const response = await fetch(`${url}/api/v1/query_range?${parameters.toString()}`);
      const answer = (await response.json()) as { data?: { result: Series[] }; error?: string };
      if (answer.data === undefined) {
        throw new Error(`${expr}: ${answer.error}`);
      }
      return answer.data.result;
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
