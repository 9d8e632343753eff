import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { findHelm } from '../chart/support/find-helm.ts';
import type { Manifest } from '../chart/support/render.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  baseValues,
  createTopics,
  livePods,
  secret,
  signingSecret,
  type Topics,
  whenRouted,
} from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { type Load, startLoad } from './support/load.ts';
import { useNamespace } from './support/namespace.ts';
import { provideSpoolVolumes, type SpoolVolumes } from './support/spool-volumes.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const readme = readFileSync(join(chartDirectory, 'README.md'), 'utf8');
const [switchOn, switchOff] = readShellBlocks(
  readme,
  '## Switch autoscaling on and off for a running release',
) as [string, string];
const { ingressAddress, ingressClass } = inject('cluster');
const pods = 4;

const cases = [
  ['Deployment', 4],
  ['StatefulSet', 4],
  ['Deployment', 3],
] as const;

describe.each(cases)('the lines of the README, for a %s under load, by Helm %i', (kind, major) => {
  const helm = findHelm(major);
  const host = `${kind.toLowerCase()}-${major}.switching.example.com`;
  const certificate = createHostCertificate(host);
  const namespace = useNamespace(`switching-${kind.toLowerCase()}`, helm);
  let volumes: SpoolVolumes | undefined;
  let topics: Topics;
  let client: TlsClient;

  beforeAll(async () => {
    topics = await createTopics();
    volumes = kind === 'StatefulSet' ? await provideSpoolVolumes(namespace, pods + 1) : undefined;
    await namespace.apply(signingSecret(), certificate.secret('events-tls'));
    await namespace.helm(['install', 'events', '--wait', '--timeout=180s'], {
      ...baseValues(topics),
      replicaCount: pods,
      autoscaling: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } },
      ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
      ...(volumes && { spool: { enabled: true, storageClassName: volumes.storageClassName } }),
    });
    const authority = certificate.certificate;
    client = createTlsClient({ address: ingressAddress, host, authority, connections: 8 });
    await whenRouted(client);
  });
  afterAll(async () => {
    client.close();
    await namespace.helm(['uninstall', 'events', '--wait', '--timeout=120s']);
    await volumes?.remove();
  });

  test('switch autoscaling on, and every pod stays', async () => {
    await expectAllToStay(
      pods,
      () => type(switchOn),
      'an autoscaler has looked',
      async () => {
        const { items } = await namespace.get('horizontalpodautoscalers');
        return items[0]?.status?.desiredReplicas === pods;
      },
    );
  });

  test('what the autoscaler has added stays at the next upgrade', async () => {
    await letItAddOne();
    await expectAllToStay(
      pods + 1,
      () => upgrade(`autoscaling.minReplicas=${pods + 1}`),
      'it counts',
      async () => {
        const { items } = await namespace.get('horizontalpodautoscalers');
        return items[0]?.spec.minReplicas === pods + 1;
      },
    );
  });

  test('a rollback to the number of before the autoscaler’s change is as the README says', async () => {
    const back = ['rollback', 'events', '2'];
    // Helm changes the StatefulSet after the autoscaler. By then, the autoscaler may already have removed a pod.
    if (major === 4 && kind === 'Deployment') {
      await expect(namespace.helm(back)).rejects.toThrow(/conflict/);
    }
    await namespace.helm([...back, ...(major === 4 ? ['--force-conflicts'] : [])]);
    expect((await readWorkload()).spec.replicas).toBe(pods);
    // A terminating pod counts as ready until its process has ended, so the test waits for that.
    await waitUntil(async () => (await readWorkload()).status.replicas === pods, {
      timeoutMs: 120_000,
      what: 'the pod of the autoscaler has gone',
      pollMs: 500,
    });
    // Waits until the autoscaler has set the current number of pods, before the autoscaler is switched off.
    await letItAddOne();
  });

  test('switch it off, and every pod stays', async () => {
    await expectAllToStay(
      pods + 1,
      () => type(switchOff),
      'there is no autoscaler',
      async () => {
        const { items } = await namespace.get('horizontalpodautoscalers');
        return items.length === 0;
      },
    );
  });

  test('the value counts again afterwards, as the README says', async () => {
    const value = `replicaCount=${pods - 1}`;
    if (major === 4) {
      await expect(upgrade(value)).rejects.toThrow(/conflict/);
    }
    await upgrade(value, '--wait', '--timeout=120s', ...(major === 4 ? ['--force-conflicts'] : []));
    expect(await livePods(namespace, 'receiver')).toHaveLength(pods - 1);
    await upgrade(value);
  });

  function upgrade(value: string, ...options: string[]): Promise<string> {
    return namespace.helm([
      ...['upgrade', 'events', chartDirectory, '--reuse-values', '--set', value],
      ...options,
    ]);
  }

  /** Makes every pod use more CPU time than the new target of the autoscaler. */
  async function letItAddOne(): Promise<void> {
    const value = `autoscaling.targetCPUAverageValue=1m,autoscaling.maxReplicas=${pods + 1}`;
    await upgrade(value).catch((error: unknown) => {
      // The autoscaler may have changed the StatefulSet before Helm applied it. For this case, the README says to run
      // the upgrade again.
      expect([kind, major, String(error)]).toEqual(['StatefulSet', 4, expect.stringContaining('conflict')]);
      return upgrade(value);
    });
    await waitUntil(async () => (await readWorkload()).status.readyReplicas === pods + 1, {
      timeoutMs: 180_000,
      what: 'one pod more is ready',
      pollMs: 500,
    });
  }

  function readWorkload(): Promise<Manifest> {
    return namespace.get(kind, 'events-comapi-webhook-receiver');
  }

  /**
   * Sends 15 deliveries per second during an action. Each delivery must get a 200 response and be stored, and no pod
   * may end or become unready.
   */
  async function expectAllToStay(
    count: number,
    act: () => Promise<unknown>,
    what: string,
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    const before = await readUids();
    const load = startLoad({ client, path: '/webhook', secret, workers: 5, perSecond: 15 });
    const fewest = watchReadyPods();
    try {
      await moreDeliveries(load);
      await act();
      await waitUntil(isDone, { timeoutMs: 90_000, what, pollMs: 500 });
      // Continues to send deliveries after the change. In an earlier run, a reduction from four pods to one was visible
      // within 11 s. A terminating pod continues to serve for some seconds.
      await moreDeliveries(load, 300);
    } finally {
      await load.stop();
    }
    const { failures, acknowledged } = await load.stop();
    expect(failures).toEqual([]);
    expect(await fewest.stop()).toBe(count);
    expect(await readUids()).toEqual(before);
    const records = await readTopic({ bootstrap: inject('kafkaBootstrap'), topic: topics.topic });
    const stored = new Set(records.map(({ headers }) => headers.ce_id));
    expect([...acknowledged].filter((eventId) => !stored.has(eventId))).toEqual([]);
  }

  async function readUids(): Promise<string[]> {
    const live = await livePods(namespace, 'receiver');
    const uids: string[] = live.map(({ metadata }: Manifest) => metadata.uid);
    return uids.toSorted();
  }

  function watchReadyPods(): { stop(): Promise<number> } {
    let fewest = Number.POSITIVE_INFINITY;
    const stopping = new AbortController();
    const watching = (async () => {
      while (!stopping.signal.aborted) {
        const { status } = await readWorkload();
        fewest = Math.min(fewest, status.readyReplicas ?? 0);
      }
    })();
    return {
      async stop() {
        stopping.abort();
        await watching;
        return fewest;
      },
    };
  }

  /**
   * Runs the README's command in a checkout, as an operator would, with the names of this test in place of those in the
   * README.
   */
  async function type(lines: string): Promise<void> {
    const script = lines
      .replaceAll('messaging', namespace.name)
      .replaceAll('deployment/', `${kind.toLowerCase()}/`);
    const cwd = new URL('../..', import.meta.url).pathname;
    const path = [dirname(helm), process.env.PATH].join(delimiter);
    const env = { ...process.env, ...(helm !== 'helm' && { PATH: path }) };
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd, env });
  }
});

function moreDeliveries(load: Load, count = 50): Promise<true> {
  const enough = load.deliveries + count;
  return waitUntil(() => load.deliveries >= enough, { timeoutMs: 90_000, what: `${count} more deliveries` });
}
