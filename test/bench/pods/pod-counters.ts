import { execFileSync } from 'node:child_process';
import { cpuSeconds } from '../../support/process-counters.ts';
import type { RunningVariant } from '../variants.ts';

/** What a pod has done since its start. */
export interface PodCounters {
  readonly cpuSeconds: number;
  /** Stored, by the receiver's own count. */
  readonly events: number;
  readonly produceRequests: number;
  /** To and from the broker, without the headers of TCP and IP. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

const prefix = 'comapi_webhook_store_';

export async function readPodCounters(pod: RunningVariant, brokerPort: number): Promise<PodCounters> {
  const cpu = cpuSeconds(pod.pid);
  const text = await (await fetch(`${pod.managementUrl}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${prefix}${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    cpuSeconds: cpu,
    events: sum('produced_records_total'),
    produceRequests: sum('produce_duration_seconds_count'),
    ...readTraffic(pod.pid, brokerPort),
  };
}

/** From the operating system's counters of each connection (ss(8)). */
function readTraffic(pid: number, port: number): Pick<PodCounters, 'sentBytes' | 'receivedBytes'> {
  const lines = execFileSync('ss', ['-tnipHO', 'state', 'established', 'dport', '=', `:${port}`], {
    encoding: 'utf8',
  });
  const own = lines.split('\n').filter((line) => line.includes(`,pid=${pid},`));
  const sum = (name: string) =>
    own.reduce((total, line) => total + Number(new RegExp(` ${name}:(\\d+)`).exec(line)?.[1] ?? 0), 0);
  return { sentBytes: sum('bytes_sent'), receivedBytes: sum('bytes_received') };
}

export function subtract(after: PodCounters, before: PodCounters): PodCounters {
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    events: after.events - before.events,
    produceRequests: after.produceRequests - before.produceRequests,
    sentBytes: after.sentBytes - before.sentBytes,
    receivedBytes: after.receivedBytes - before.receivedBytes,
  };
}

export function addUp(counters: readonly PodCounters[]): PodCounters {
  const sum = (name: keyof PodCounters) => counters.reduce((total, each) => total + each[name], 0);
  return {
    cpuSeconds: sum('cpuSeconds'),
    events: sum('events'),
    produceRequests: sum('produceRequests'),
    sentBytes: sum('sentBytes'),
    receivedBytes: sum('receivedBytes'),
  };
}
