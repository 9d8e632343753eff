import { describe, expect, test } from 'vitest';
import { maxBodyBytesVariable } from '../../src/config/record-config.ts';
import { allOptions } from './support/all-options.ts';
import { describeRefusals } from './support/describe-refusals.ts';
import {
  environmentOf,
  type Manifest,
  minimalValues,
  notes,
  ofKind,
  pick,
  render,
} from './support/render.ts';

const spool = { enabled: true };
const name = 'events-comapi-webhook-receiver';
const render1 = (values: object = {}) => render({ ...minimalValues, spool, ...values });

describe('receivers with a spool', () => {
  test('are a StatefulSet with a volume for each, instead of a Deployment', () => {
    const manifests = render1({ spool: { enabled: true, size: '20Gi', storageClassName: 'fast' } });
    expect(ofKind(manifests, 'Deployment')).toEqual([]);
    const { metadata, spec } = pick(manifests, 'StatefulSet');
    expect(metadata.name).toBe(name);
    expect(spec).toMatchObject({
      replicas: 2,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
    });
    expect(spec).not.toHaveProperty('strategy');
    const [claim] = spec.volumeClaimTemplates;
    expect(claim.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '20Gi' } },
    });
  });

  test('leave the storage class to the cluster unless it is named', () => {
    const [claim] = pick(render1(), 'StatefulSet').spec.volumeClaimTemplates;
    // An empty storage class name would disable dynamic provisioning, so the field must be absent.
    expect(claim.spec).not.toHaveProperty('storageClassName');
  });

  test('never lose a volume by scaling down or by uninstalling', () => {
    expect(pick(render1(), 'StatefulSet').spec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
  });

  test('are named by a headless Service that is there', () => {
    const manifests = render1();
    const { serviceName, selector } = pick(manifests, 'StatefulSet').spec;
    const service = pick(manifests, 'Service', 'receiver', ({ metadata }) => metadata.name === serviceName);
    expect(service.spec).toMatchObject({ clusterIP: 'None', selector: selector.matchLabels });
  });

  test('keep the spool below the root of the volume, and nothing else is writable', () => {
    const set = pick(render1({ spool: { enabled: true, size: '10Gi' } }), 'StatefulSet');
    expect(environmentOf(set)).toMatchObject({
      SPOOL_DIR: '/var/lib/comapi-webhook/spool',
      // The size limit is 80 % of the volume.
      SPOOL_MAX_BYTES: '8589934592',
    });
    const { containers, securityContext } = set.spec.template.spec;
    expect(containers[0].volumeMounts).toContainEqual({
      name: 'spool',
      mountPath: '/var/lib/comapi-webhook',
    });
    expect(containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
    expect(securityContext.fsGroup).toBe(10001);
  });

  test('have the pods of receivers without one, but for the spool', () => {
    const template = (manifests: Manifest[], kind: string) => pick(manifests, kind, 'receiver').spec.template;
    const set = template(render({ ...allOptions, spool }), 'StatefulSet');
    const [container] = set.spec.containers;
    const isOfSpool = ({ name: each }: Manifest) => /^spool$|^SPOOL_/.test(each);
    container.env = container.env.filter((each: Manifest) => !isOfSpool(each));
    container.volumeMounts = container.volumeMounts.filter((each: Manifest) => !isOfSpool(each));
    expect(set).toEqual(template(render(allOptions), 'Deployment'));
  });

  test('are protected, scaled and waited for by their kind', () => {
    const autoscaling = { enabled: true };
    const manifests = render1({ autoscaling });
    const set = pick(manifests, 'StatefulSet');
    expect(set.spec).not.toHaveProperty('replicas');
    expect(pick(manifests, 'PodDisruptionBudget').spec.selector).toEqual(set.spec.selector);
    expect(pick(manifests, 'HorizontalPodAutoscaler').spec.scaleTargetRef).toMatchObject({
      kind: 'StatefulSet',
      name,
    });
    expect(notes({ ...minimalValues, spool })).toContain(`rollout status statefulset/${name}`);
  });

  test('leave the filter a Deployment without one', () => {
    const manifests = render1({ revisionFilter: { enabled: true } });
    expect(environmentOf(pick(manifests, 'Deployment', 'filter'))).not.toHaveProperty('SPOOL_DIR');
  });
});

test('without a spool nothing of it is there', () => {
  const manifests = render(minimalValues);
  expect(ofKind(manifests, 'StatefulSet')).toEqual([]);
  expect(environmentOf(pick(manifests, 'Deployment'))).not.toHaveProperty('SPOOL_DIR');
});

describeRefusals([
  [
    'a spool that is too small for a body',
    { spool: { enabled: true, size: '49Mi' } },
    new RegExp(
      `spool\\.size is 49Mi: .* four bodies of the maximum size \\(${4 * maxBodyBytesVariable.fallback} bytes\\)`,
    ),
  ],
]);
