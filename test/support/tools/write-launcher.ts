import { existsSync } from 'node:fs';
import { glob, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that programs expect at fixed paths, and the environment variable that overrides each path. */
const fixedPlaces = {
  // fontconfig uses absolute font directories, except for the directory below XDG_DATA_HOME.
  FONTCONFIG_PATH: { file: 'etc/fonts/fonts.conf', value: 'etc/fonts' },
  XDG_DATA_HOME: { file: 'etc/fonts/fonts.conf', value: 'usr/share' },
  OPENSSL_CONF: { file: 'etc/ssl/openssl.cnf', value: 'etc/ssl/openssl.cnf' },
  JAVA_HOME: { file: 'usr/lib/jvm/default-java/bin/java', value: 'usr/lib/jvm/default-java' },
} as const;

/** Writes `launchers/NAME`, which runs a program from an unpacked package with the libraries of that package. */
export async function writeLauncher(root: string, name: string, file: string): Promise<string> {
  const libraries = new Set<string>();
  for await (const library of glob('{lib,usr/lib}/*-linux-gnu/{,*/}*.so*', { cwd: root })) {
    libraries.add(`$root/${dirname(library)}`);
  }
  const variables = Object.entries(fixedPlaces)
    .filter(([, place]) => existsSync(join(root, place.file)))
    .map(([variable, { value }]) => `export ${variable}="$root/${value}"`);
  const launcher = join(root, 'launchers', name);
  await mkdir(dirname(launcher), { recursive: true });
  await writeFile(
    launcher,
    [
      '#!/bin/sh',
      'root=$(dirname "$(dirname "$0")")',
      `export LD_LIBRARY_PATH="${[...libraries].join(':')}"`,
      ...variables,
      `exec "$root/${file}" "$@"`,
      '',
    ].join('\n'),
    { mode: 0o755 },
  );
  return launcher;
}
