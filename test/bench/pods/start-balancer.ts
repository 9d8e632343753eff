import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { guardProcess } from '../../support/guard-process.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { waitUntil } from '../../support/wait-until.ts';

export interface Balancer {
  /** Of the way to the first pods, by their number. */
  readonly urls: ReadonlyMap<number, string>;
  stop(): Promise<void>;
}

/** One HAProxy that sends requests in turn: for each of the counts a port that leads to so many of the pods. */
export async function startBalancer(
  podPorts: readonly string[],
  counts: readonly number[],
  directory: string,
): Promise<Balancer> {
  const executable = await provideTool('haproxy');
  const ports = await freePorts(counts.length);
  const ways = counts.map((count, index) => {
    const servers = podPorts
      .slice(0, count)
      .map((port, pod) => `  server pod${pod} 127.0.0.1:${port}\n`)
      .join('');
    return `listen pods${count}\n  bind 127.0.0.1:${ports[index]} backlog 1024\n  balance roundrobin\n${servers}`;
  });
  const file = join(directory, 'haproxy.cfg');
  // https://docs.haproxy.org/2.6/configuration.html
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
${ways.join('')}`,
  );
  const log = openSync(join(directory, 'haproxy.log'), 'a');
  const child = spawn(executable, ['-db', '-f', file], { stdio: ['ignore', log, log] });
  guardProcess(child);
  const urls = new Map(counts.map((count, index) => [count, `http://127.0.0.1:${ports[index]}`]));
  for (const url of urls.values()) {
    await waitUntil(async () => (await fetch(url)).status < 500, {
      ...{ timeoutMs: 20_000, what: 'HAProxy answers' },
    });
  }
  return {
    urls,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
