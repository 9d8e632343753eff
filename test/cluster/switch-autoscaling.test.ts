import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
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

describe.each(['Deployment', 'StatefulSet'] as const)(
  'the lines of the README, for a %s under load',
  (kind) => {
    const host = `${kind.toLowerCase()}.switching.example.com`;
    const certificate = createHostCertificate(host);
    const namespace = useNamespace(`switching-${kind.toLowerCase()}`);
    let volumes: SpoolVolumes | undefined;
    let topics: Topics;
    let client: TlsClient;

    beforeAll(async () => {
      topics = await createTopics();
      volumes = kind === 'StatefulSet' ? await provideSpoolVolumes(namespace, pods) : undefined;
      await namespace.apply(signingSecret(), certificate.secret('events-tls'));
      await namespace.helm(['install', 'events', '--wait', '--timeout=180s'], {
        ...baseValues(topics),
        replicaCount: pods,
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
      await expectAllToStay(switchOn, 'an autoscaler has looked', async () => {
        const { items } = await namespace.get('horizontalpodautoscalers');
        return items[0]?.status?.desiredReplicas === pods;
      });
    });

    test('switch it off, and every pod stays', async () => {
      await expectAllToStay(switchOff, 'there is no autoscaler', async () => {
        const { items } = await namespace.get('horizontalpodautoscalers');
        return items.length === 0;
      });
    });

    test('the value counts again afterwards, as the README says', async () => {
      const lower = [
        'upgrade',
        'events',
        chartDirectory,
        '--reuse-values',
        '--set',
        `replicaCount=${pods - 1}`,
      ];
      await expect(namespace.helm(lower)).rejects.toThrow(/conflict/);
      await namespace.helm([...lower, '--force-conflicts', '--wait', '--timeout=120s']);
      expect(await livePods(namespace, 'receiver')).toHaveLength(pods - 1);
      await namespace.helm(lower);
    });

    /** 15 deliveries a second meanwhile: each is answered 200 and stored, and no pod is ended or unready for a moment. */
    async function expectAllToStay(
      lines: string,
      what: string,
      isDone: () => Promise<boolean>,
    ): Promise<void> {
      const before = await readUids();
      const load = startLoad({ client, path: '/webhook', secret, workers: 5, perSecond: 15 });
      const fewest = watchReadyPods();
      try {
        await moreDeliveries(load);
        await type(lines);
        await waitUntil(isDone, { timeoutMs: 90_000, what, pollMs: 500 });
        // One pod in place of four was seen within 11 s; a pod that is told to go serves on for some seconds.
        await moreDeliveries(load, 300);
      } finally {
        await load.stop();
      }
      const { failures, acknowledged } = await load.stop();
      expect(failures).toEqual([]);
      expect(await fewest.stop()).toBe(pods);
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
          const { status } = await namespace.get(kind, 'events-comapi-webhook-receiver');
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

    /** As a person does, in a checkout; the names that the README makes up are those of this test. */
    async function type(lines: string): Promise<void> {
      const script = lines
        .replaceAll('messaging', namespace.name)
        .replaceAll('kind: Deployment', `kind: ${kind}`)
        .replaceAll('deployment/', `${kind.toLowerCase()}/`);
      const cwd = new URL('../..', import.meta.url).pathname;
      await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd });
    }
  },
);

function moreDeliveries(load: Load, count = 50): Promise<true> {
  const enough = load.deliveries + count;
  return waitUntil(() => load.deliveries >= enough, { timeoutMs: 90_000, what: `${count} more deliveries` });
}
