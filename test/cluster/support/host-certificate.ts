import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../chart/support/render.ts';

export type HostCertificate = ReturnType<typeof createHostCertificate>;

/** Creates a self-signed certificate for one host name or address. */
export function createHostCertificate(host: string) {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  const keyFile = join(directory, 'tls.key');
  const certificateFile = join(directory, 'tls.crt');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${host}`],
      ...[
        '-addext',
        `subjectAltName=${isIP(host) ? 'IP' : 'DNS'}:${host}`,
        '-keyout',
        keyFile,
        '-out',
        certificateFile,
      ],
    ],
    { stdio: 'ignore' },
  );
  const certificate = readFileSync(certificateFile, 'utf8');
  const key = readFileSync(keyFile, 'utf8');
  rmSync(directory, { recursive: true });
  return {
    /** The certificate in PEM format. It is self-signed, so it is also the authority that a client must trust. */
    certificate,
    key,
    secret: (name: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name },
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    }),
  };
}
