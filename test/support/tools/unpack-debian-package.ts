import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Downloads a package and its missing dependencies, and unpacks them into a directory. This does not require root and
 * does not change the system, because apt keeps its lists and archives in the directory and installs nothing.
 */
export async function unpackDebianPackage(name: string, root: string): Promise<void> {
  const apt = join(root, '.apt');
  const archives = join(apt, 'cache/archives');
  await mkdir(join(apt, 'state/lists/partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  const options = [
    ...['-qq', '-o', `Dir::State=${apt}/state`, '-o', 'Dir::State::status=/var/lib/dpkg/status'],
    ...['-o', `Dir::Cache=${apt}/cache`, '-o', 'Acquire::Languages=none'],
    // apt reads the package list without the system's lock. apt runs as the current user, because apt's own user has no
    // write permission here.
    ...['-o', 'Debug::NoLocking=true', '-o', 'APT::Sandbox::User=root'],
  ];
  await run('apt-get', [...options, 'update']);
  await run('apt-get', [...options, 'install', '--yes', '--download-only', '--no-install-recommends', name]);
  for (const archive of (await readdir(archives)).filter((file) => file.endsWith('.deb'))) {
    await run('dpkg-deb', ['--extract', join(archives, archive), root]);
  }
  await rm(apt, { recursive: true });
}
