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
  /** Management address of a receiver or filter, as `host:port`. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Points of epoch seconds and a value, oldest first. */
  readonly values: readonly (readonly [number, string])[];
}

export interface EvaluatedRule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  /** State of an alert. Absent for a recording rule. */
  readonly state?: 'inactive' | 'pending' | 'firing';
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
}

export interface Prometheus {
  /** Runs an instant query. Throws the error message from Prometheus if the query is invalid. */
  query(expr: string): Promise<readonly Pick<Series, 'metric'>[]>;
  rules(): Promise<readonly EvaluatedRule[]>;
  queryRange(expr: string, fromSeconds: number, toSeconds: number, stepSeconds: number): Promise<Series[]>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Contents of a rule file. This is also the `spec` of a PrometheusRule. */
  readonly rules?: { readonly groups: readonly unknown[] };
}

/** The HTTP API of a running Prometheus at the given URL. */
export function connectPrometheus(url: string): Omit<Prometheus, 'stop'> {
  async function request<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await response.json()) as { data?: T; error?: string };
    if (body.data === undefined) {
      throw new Error(`Prometheus rejected ${parameters.query ?? path}: ${body.error}`);
    }
    return body.data;
  }

  return {
    async query(expr) {
      return (await request<{ result: Series[] }>('query', { query: expr })).result;
    },
    async queryRange(expr, fromSeconds, toSeconds, stepSeconds) {
      const window = { start: String(fromSeconds), end: String(toSeconds), step: String(stepSeconds) };
      return (await request<{ result: Series[] }>('query_range', { query: expr, ...window })).result;
    },
    async rules() {
      const { groups } = await request<{ groups: { rules: EvaluatedRule[] }[] }>('rules');
      return groups.flatMap(({ rules }) => rules);
    },
  };
}

/** Starts a real Prometheus that scrapes the targets and evaluates the rules every second. */
export async function startPrometheus(
  targets: readonly ScrapeTarget[],
  { rules = { groups: [] } }: PrometheusOptions = {},
): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  writeFileSync(join(directory, 'rules.yml'), stringify(rules));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
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
    ...connectPrometheus(url),
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
