import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const run = promisify(execFile);

/** User id under which PostgreSQL runs, because PostgreSQL refuses to run as root. */
const nobody = 65_534;
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/** Starts PostgreSQL from the archive in a directory, without a password, until the test ends. @returns its JDBC URL */
export async function startPostgres(archiveDirectory: string): Promise<string> {
  const archive = (await readdir(archiveDirectory)).find((name) => name.endsWith('.txz')) ?? '';
  const directory = temporaryDirectory();
  await run('tar', ['-xJf', join(archiveDirectory, archive), '-C', directory]);
  if (user.uid !== undefined) {
    await chown(directory, user.uid, user.gid);
  }
  const bin = join(directory, 'bin');
  const data = join(directory, 'data');
  const options = { cwd: directory, env: { PATH: process.env.PATH }, ...user };
  await run(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'test', '--no-sync'], options);
  const [port = 0] = await freePorts(1);
  const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', directory, '-F'];
  const server = spawn(join(bin, 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => end(server));
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await expect.poll(() => log).toContain('ready to accept connections');
  return `jdbc:postgresql://127.0.0.1:${port}/postgres`;
}

/** Sends SIGQUIT, so that PostgreSQL ends all of its processes without writing data. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode === null && server.kill('SIGQUIT')) {
    await once(server, 'close');
  }
}
