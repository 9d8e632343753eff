import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, podSpecsOf, render } from './support/render.ts';

const manifests = render(allOptions);
const pods = manifests.flatMap((manifest) =>
  podSpecsOf([manifest]).map((spec) => [`${manifest.kind}/${manifest.metadata.name}`, spec] as const),
);

test('receiver, both filters, all jobs and the test are looked at', () => {
  expect(pods).toHaveLength(9);
});

describe.each(pods)('%s', (_, spec) => {
  test('meets the restricted pod security standard', () => {
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.securityContext.runAsUser).toBeGreaterThan(10_000);
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC).toBeUndefined();
    expect(spec.volumes.filter((volume: Manifest) => 'hostPath' in volume)).toEqual([]);
  });

  test('holds no token for the Kubernetes API and no variables of other Services', () => {
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  test('bounds its memory', () => {
    for (const container of spec.containers) {
      expect(container.resources).toMatchObject({ limits: { memory: expect.any(String) } });
    }
  });

  test('runs the image by its digest', () => {
    for (const container of spec.containers) {
      expect(container.image).toMatch(/^comapi-webhook-receiver@sha256:[0-9a-f]{64}$/);
    }
  });
});

test('no object holds a secret: the chart makes none', () => {
  expect(ofKind(manifests, 'Secret')).toEqual([]);
});

test('a user id can be left to the cluster', () => {
  const podSpec = { securityContext: { runAsUser: null, runAsGroup: null, fsGroup: null } };
  const { spec } = pick(render({ ...minimalValues, podSpec }), 'Deployment').spec.template;
  expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
});

test('a field of the containers’ security context leaves the others as they are', () => {
  const container = { securityContext: { readOnlyRootFilesystem: false } };
  const { spec } = pick(render({ ...minimalValues, container }), 'Deployment').spec.template;
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: false,
    capabilities: { drop: ['ALL'] },
  });
});

test('a registry mirror replaces the registry of every image', () => {
  const [container] = pick(
    render({
      ...minimalValues,
      image: { repository: 'one.example:5000/team/receiver' },
      global: { imageRegistry: 'mirror.example' },
    }),
    'Deployment',
  ).spec.template.spec.containers;
  expect(container.image).toBe('mirror.example/team/receiver:1.0.0');
});
