import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { toJavaKeyStore } from './java-key-store.ts';

/**
 * Completes an unpacked Java as an installer does. Java then trusts the same certificate authorities as Node, and
 * starts from shared classes.
 */
export async function completeJava(root: string, launcher: string): Promise<void> {
  const authorities = (['bundled', 'system', 'extra'] as const).flatMap((kind) => getCACertificates(kind));
  const trusted = join(root, 'usr/lib/jvm/default-java/lib/security/cacerts');
  await rm(trusted, { force: true });
  await writeFile(trusted, toJavaKeyStore([...new Set(authorities)]));
  await promisify(execFile)(launcher, ['-Xshare:dump']);
}
