import { expect, test } from 'vitest';
import { type Manifest, pick, render } from './support/render.ts';

const manifests = render({
  webhooks: [{ secretProviderClass: 'signing' }],
  kafka: {
    brokers: ['kafka+ssl://kafka:9093'],
    sasl: { mechanism: 'plain', username: 'events', secretProviderClass: 'kafka-user' },
  },
  store: { tls: { secretProviderClass: 'store-tls' } },
  tls: { secretProviderClass: 'own-tls' },
  registration: { enabled: true, secretProviderClass: 'provider-api' },
  env: { COMAPI_API_USERNAME: 'apiuser' },
  publicUrl: 'https://events.example.com',
});

const classes = (workload: Manifest) =>
  Object.fromEntries(
    (workload.spec.template ?? workload).spec.volumes
      .filter(({ csi }: Manifest) => csi)
      .map(({ name, csi }: Manifest) => {
        expect(csi).toMatchObject({ driver: 'secrets-store.csi.k8s.io', readOnly: true });
        return [name, csi.volumeAttributes.secretProviderClass];
      }),
  );

test('every secret can come from the Secrets Store CSI driver, and none is a Secret then', () => {
  expect(classes(pick(manifests, 'Deployment'))).toEqual({
    'webhook-default': 'signing',
    'store-tls': 'store-tls',
    store: 'kafka-user',
    tls: 'own-tls',
  });
  expect(classes(pick(manifests, 'Job'))).toEqual({ 'webhook-default': 'signing', api: 'provider-api' });
  const { env } = pick(manifests, 'Job').spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'COMAPI_API_USERNAME', value: 'apiuser' });
  expect(JSON.stringify(manifests)).not.toMatch(/secretName|secretKeyRef/);
});
