import { expect, test } from 'vitest';
import { baseValues, livePods, newTopics, signingSecret } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';

const namespace = useNamespace('own-tls');

test('the receivers end TLS themselves, and helm test trusts them by the authority in the Secret', async () => {
  const service = `events-comapi-webhook-receiver.${namespace.name}.svc`;
  const certificate = createHostCertificate(service);
  const secret = certificate.secret('pod-tls');
  // Self-signed: it is its own authority.
  secret.stringData['ca.crt'] = certificate.certificate;
  await namespace.apply(signingSecret(), secret);
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s'], {
    ...baseValues(newTopics()),
    topics: { create: true, partitions: 1 },
    tls: { existingSecret: 'pod-tls' },
  });
  expect(await livePods(namespace, 'receiver')).toHaveLength(2);
  const said = await namespace.helm(['test', 'events', '--timeout=60s', '--logs']);
  expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
  // The pod of a good test is gone.
  expect(await namespace.helm(['get', 'hooks', 'events'])).toContain(`--url=https://${service}:443/webhook`);
});
