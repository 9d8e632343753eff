import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../chart/support/render.ts';

export interface HostCertificate {
  /** PEM; its own authority. */
  readonly certificate: string;
  readonly secret: (name: string) => Manifest;
}

/** A certificate for one host name, self-signed. */
export function createHostCertificate(host: string): HostCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  const keyFile = join(directory, 'tls.key');
  const certificateFile = join(directory, 'tls.crt');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${host}`],
      ...['-addext', `subjectAltName=DNS:${host}`, '-keyout', keyFile, '-out', certificateFile],
    ],
    { stdio: 'ignore' },
  );
  const certificate = readFileSync(certificateFile, 'utf8');
  const key = readFileSync(keyFile, 'utf8');
  rmSync(directory, { recursive: true });
  return {
    certificate,
    secret: (name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name },
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    }),
  };
}
