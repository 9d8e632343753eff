import { describe, expect, test } from 'vitest';
import { environmentOf, type Manifest, minimalValues, pick, render } from './support/render.ts';

const ingress = { enabled: true, host: 'a.example', tls: { enabled: false } };
const httpRoute = { enabled: true, parentRefs: [{ name: 'g' }] };

describe('the public Service', () => {
  test('has what a load balancer needs', () => {
    const fields = {
      loadBalancerClass: 'service.k8s.aws/nlb',
      loadBalancerSourceRanges: ['192.0.2.0/24'],
      externalTrafficPolicy: 'Local',
      ipFamilyPolicy: 'RequireDualStack',
    };
    const service = {
      type: 'LoadBalancer',
      nodePort: 30080,
      spec: { ...fields, selector: { other: 'pods' } },
    };
    const { spec } = pick(render({ ...minimalValues, service }), 'Service', 'receiver', publicOnly);
    expect(spec).toMatchObject({ type: 'LoadBalancer', ...fields, ports: [{ port: 80, nodePort: 30080 }] });
    expect(spec.selector).toHaveProperty(['app.kubernetes.io/component'], 'receiver');
  });
});

describe('own TLS', () => {
  const tls = { existingSecret: 'events-tls' };
  const manifests = render({ ...minimalValues, tls, ingress, httpRoute });

  test('reaches the process as mounted files, never by a subPath, so that a renewed one arrives', () => {
    const deployment = pick(manifests, 'Deployment');
    expect(environmentOf(deployment)).toMatchObject({
      TLS_CERT_FILE: '/etc/comapi-webhook/tls/tls.crt',
      TLS_KEY_FILE: '/etc/comapi-webhook/tls/tls.key',
    });
    const { containers, volumes } = deployment.spec.template.spec;
    expect(containers[0].volumeMounts).toContainEqual({
      name: 'tls',
      mountPath: '/etc/comapi-webhook/tls',
      readOnly: true,
    });
    expect(volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: 'events-tls', defaultMode: 0o440 },
    });
  });

  test('is what the Service says, and Ingress and HTTPRoute follow its port', () => {
    expect(pick(manifests, 'Service', 'receiver', publicOnly).spec.ports).toEqual([
      { name: 'https', port: 443, targetPort: 'http', appProtocol: 'https' },
    ]);
    const [path] = pick(manifests, 'Ingress').spec.rules[0].http.paths;
    expect(path.backend.service.port).toEqual({ name: 'https' });
    expect(pick(manifests, 'HTTPRoute').spec.rules[0].backendRefs[0].port).toBe(443);
  });

  test('is trusted by helm test, which never holds the key', () => {
    const { containers, volumes } = pick(manifests, 'Pod').spec;
    expect(containers[0].args[1]).toBe(
      '--url=https://events-comapi-webhook-receiver.messaging.svc:443/webhook',
    );
    expect(containers[0].env).toContainEqual({
      name: 'NODE_EXTRA_CA_CERTS',
      value: '/etc/comapi-webhook/tls/ca.crt',
    });
    const { secret } = volumes.find(({ name }: Manifest) => name === 'tls');
    expect(secret.items).toEqual([{ key: 'ca.crt', path: 'ca.crt' }]);
  });

  test('can be of cert-manager, for the names by which the Service is called', () => {
    const issuerRef = { name: 'internal', kind: 'ClusterIssuer' };
    const issued = render({ ...minimalValues, tls: { issuerRef } });
    const { spec } = pick(issued, 'Certificate');
    expect(spec).toEqual({
      secretName: 'events-comapi-webhook-receiver-tls',
      dnsNames: ['events-comapi-webhook-receiver.messaging.svc', 'events-comapi-webhook-receiver.messaging'],
      issuerRef,
    });
    const { volumes } = pick(issued, 'Deployment').spec.template.spec;
    expect(volumes).toContainEqual(
      expect.objectContaining({ secret: { secretName: spec.secretName, defaultMode: 0o440 } }),
    );
  });
});

function publicOnly({ spec }: Manifest): boolean {
  return spec.clusterIP !== 'None';
}
