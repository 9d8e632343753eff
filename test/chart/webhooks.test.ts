import { describe, expect, test } from 'vitest';
import { environmentOf, type Manifest, minimalValues, pick, render } from './support/render.ts';

describe('registrations', () => {
  test('one Secret is enough: the name and the path have defaults', () => {
    const manifests = render(minimalValues);
    expect(webhooksFile(manifests)).toEqual([
      { name: 'default', path: '/webhook', secretsDir: '/etc/comapi-webhook/webhooks/default' },
    ]);
  });

  test('several have their own path, topics and Secret', () => {
    const manifests = render({
      ...minimalValues,
      webhooks: [
        { name: 'messages', path: '/m', existingSecret: 'm-signing' },
        {
          name: 'chat',
          path: '/c',
          existingSecret: 'c-signing',
          topic: 'chat',
          deadLetterTopic: 'chat.dead',
        },
      ],
    });
    expect(webhooksFile(manifests)[1]).toEqual({
      name: 'chat',
      path: '/c',
      secretsDir: '/etc/comapi-webhook/webhooks/chat',
      topic: 'chat',
      deadLetterTopic: 'chat.dead',
    });
    const { spec } = pick(manifests, 'Deployment').spec.template;
    expect(spec.volumes).toContainEqual({
      name: 'webhook-chat',
      secret: { secretName: 'c-signing', defaultMode: 0o440 },
    });
  });

  test('every file that the process reads is mounted, as a directory so that changes arrive', () => {
    const manifests = render(minimalValues);
    const deployment = pick(manifests, 'Deployment');
    const mounts: Manifest[] = deployment.spec.template.spec.containers[0].volumeMounts;
    const paths = mounts.map((mount) => mount.mountPath);
    expect(paths).toContain(webhooksFile(manifests)[0].secretsDir);
    expect(paths.map((path) => `${path}/webhooks.json`)).toContain(environmentOf(deployment).WEBHOOKS_FILE);
    expect(mounts.filter((mount) => 'subPath' in mount || mount.readOnly !== true)).toEqual([]);
  });

  test('a missing Secret keeps the pod from starting: no mount is optional', () => {
    const { volumes } = pick(render(minimalValues), 'Deployment').spec.template.spec;
    expect(JSON.stringify(volumes)).not.toContain('optional');
  });

  test('a changed registration restarts the pods', () => {
    const changed = render({ ...minimalValues, webhooks: [{ path: '/other', existingSecret: 'signing' }] });
    expect(checksum(changed)).not.toBe(checksum(render(minimalValues)));
    expect(checksum(render(minimalValues))).toBe(checksum(render(minimalValues)));
  });
});

function webhooksFile(manifests: readonly Manifest[]): Manifest {
  return JSON.parse(pick(manifests, 'ConfigMap').data['webhooks.json']);
}

function checksum(manifests: readonly Manifest[]): string {
  return pick(manifests, 'Deployment').spec.template.metadata.annotations['checksum/config'];
}
