import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../chart/support/render.ts';
import type { Namespace } from './namespace.ts';

export type SpoolVolumes = Awaited<ReturnType<typeof provideSpoolVolumes>>;

/**
 * Provides volumes for a number of pods. They come from the default storage class of the cluster, or else from
 * directories on its only node.
 */
export async function provideSpoolVolumes(namespace: Namespace, count: number) {
  const { items: classes } = await namespace.get('storageclasses');
  const isDefault = 'storageclass.kubernetes.io/is-default-class';
  if (classes.some(({ metadata }: Manifest) => metadata.annotations?.[isDefault] === 'true')) {
    // The storage class is not set, because the default storage class of the cluster creates the volumes.
    return { storageClassName: '', remove: async () => {} };
  }
  const { items: nodes } = await namespace.get('nodes');
  const storageClassName = `${namespace.name}-spool`;
  const directory = mkdtempSync(join(tmpdir(), 'spool-volumes-'));
  const names = Array.from({ length: count }, (_, index) => `${storageClassName}-${index}`);
  const host = nodes[0].metadata.labels['kubernetes.io/hostname'];
  const ofNode = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }];
  for (const name of names) {
    mkdirSync(join(directory, name));
  }
  await namespace.apply(
    ...names.map((name) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        storageClassName,
        capacity: { storage: '2Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        local: { path: join(directory, name) },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: ofNode }] } },
      },
    })),
  );
  return {
    storageClassName,
    async remove() {
      await namespace.kubectl('delete', 'persistentvolumes', ...names, '--wait=false');
      rmSync(directory, { recursive: true });
    },
  };
}
