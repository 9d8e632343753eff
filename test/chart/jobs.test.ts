import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, render } from './support/render.ts';

const manifests = render(allOptions);

describe('the topics job', () => {
  test('learns the registrations’ own topics from a file that is there before it', () => {
    const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name.endsWith('-topics'));
    const job = pick(manifests, 'Job', 'topics');
    expect(JSON.parse(map.data['webhooks.json'])[1]).toMatchObject({ topic: 'comapi.chat' });
    const weight = ({ metadata }: Manifest) => Number(metadata.annotations['helm.sh/hook-weight'] ?? 0);
    expect(weight(map)).toBeLessThan(weight(job));
    expect(map.metadata.annotations['helm.sh/hook']).toBe(job.metadata.annotations['helm.sh/hook']);
  });
});

describe('the registration job', () => {
  const job = pick(manifests, 'Job', 'registration');
  const { containers, volumes } = job.spec.template.spec;

  test('runs when the receivers are up, once for each registration', () => {
    expect(job.metadata.annotations['helm.sh/hook']).toBe('post-install,post-upgrade');
    expect(containers.map(({ name }: Manifest) => name)).toEqual(['messages', 'chat']);
  });

  test('registers the public URL with the secret that the receiver knows', () => {
    expect(containers[0].args).toEqual([
      'register',
      '--region=r2',
      '--name=messages',
      '--url=https://events.example.com/webhooks/messages',
      '--secret-file=/etc/comapi-webhook/webhooks/messages/current',
      '--event=message.delivered',
      '--event=message.read',
    ]);
    expect(containers[0].volumeMounts[0].mountPath).toBe('/etc/comapi-webhook/webhooks/messages');
  });

  test('reads the credentials from files', () => {
    const files = containers[0].env.map(({ value }: Manifest) => value);
    expect(files).toEqual(['/etc/comapi-webhook/api/username', '/etc/comapi-webhook/api/password']);
    expect(volumes[0]).toMatchObject({ name: 'api', secret: { secretName: 'provider-api' } });
  });

  test('uses the key that the registration names', () => {
    const webhooks = [{ existingSecret: 'signing', secretKey: 'next' }];
    const registration = { enabled: true, existingSecret: 'api' };
    const values = { ...minimalValues, webhooks, registration, publicUrl: 'https://a.example/' };
    const { args } = pick(render(values), 'Job').spec.template.spec.containers[0];
    expect(args).toContain('--secret-file=/etc/comapi-webhook/webhooks/default/next');
    expect(args).toContain('--url=https://a.example/webhook');
  });
});

test('helm test posts to each registration through the Service, and its pod is no receiver', () => {
  const { metadata, spec } = pick(manifests, 'Pod');
  expect(metadata.annotations['helm.sh/hook']).toBe('test');
  expect(metadata.labels['app.kubernetes.io/component']).toBe('test');
  expect(spec.containers.map(({ args }: Manifest) => args[1])).toEqual([
    '--url=http://events-comapi-webhook-receiver.messaging.svc:80/webhooks/messages',
    '--url=http://events-comapi-webhook-receiver.messaging.svc:80/webhooks/chat',
  ]);
});
