import type { Manifest, Values } from '../../chart/support/render.ts';
import { quickEnd } from './deploy.ts';
import type { HostCertificate } from './host-certificate.ts';

interface OwnValues {
  readonly env?: Values;
  readonly podSpec?: Values;
}

/** Creates a ConfigMap with these certificates, and the Helm values with which a release trusts them. */
export function trustAuthorities(...hosts: readonly HostCertificate[]) {
  const name = 'authorities';
  const mountPath = '/etc/authorities';
  const configMap: Manifest = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { 'all.crt': hosts.map(({ certificate }) => certificate).join('') },
  };
  return {
    configMap,
    toValues: ({ env = {}, podSpec = {} }: OwnValues): Values => ({
      env: { ...quickEnd, NODE_EXTRA_CA_CERTS: `${mountPath}/all.crt`, ...env },
      podSpec: { ...podSpec, volumes: [{ name, configMap: { name } }] },
      container: { volumeMounts: [{ name, mountPath, readOnly: true }] },
    }),
  };
}
