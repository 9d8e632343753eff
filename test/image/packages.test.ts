import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { containerCommand, image, runContainer } from './container.ts';

/**
 * Packages that every image contains: Debian's release files, and the libraries that every Node build needs. Some
 * builds need more libraries.
 */
const leastPackages = ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6'];

interface SyftReport {
  readonly artifacts: readonly {
    readonly type: string;
    readonly name: string;
    readonly version: string;
    readonly licenses: readonly unknown[];
  }[];
  readonly distro: { readonly id: string; readonly versionID: string };
}

let directory: string;
let report: SyftReport;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'packages-'));
  const archive = join(directory, 'image.tar');
  const found = join(directory, 'found.json');
  containerCommand('save', '--output', archive, image);
  execFileSync(fetchSyft(), ['scan', `docker-archive:${archive}`, '--output', `json=${found}`, '--quiet'], {
    env: { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: 'false' },
  });
  report = JSON.parse(readFileSync(found, 'utf8'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a scanner sees which Debian packages are in the image, in the versions of the base', async () => {
  expect(report.distro).toMatchObject({ id: 'debian', versionID: '12' });
  const found = ofType('deb').toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = found.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(leastPackages));
  expect(found.map(({ name, version }) => `${name} ${version}`)).toEqual(await installedInBase(names));
});

test('a scanner sees their licences', () => {
  expect(ofType('deb').map(({ licenses }) => licenses.length)).not.toContain(0);
});

test('a scanner sees node and every package that the program depends on', () => {
  expect(ofType('binary').map(({ name }) => name)).toEqual(['node']);
  const found = new Map(ofType('npm').map(({ name, version }) => [name, version]));
  expect(Object.fromEntries(found)).toMatchObject(packageJson.dependencies);
});

function ofType(type: string): SyftReport['artifacts'] {
  return report.artifacts.filter((artifact) => artifact.type === type);
}

async function installedInBase(names: readonly string[]): Promise<string[]> {
  const script = new URL('base-image.sh', import.meta.url).pathname;
  const base = execFileSync(script, { encoding: 'utf8' }).trim();
  const args = ['--show', `--showformat=\${Package} \${Version}\\n`, ...names];
  const { output } = await runContainer({ from: base, entrypoint: 'dpkg-query', args }).ended;
  return output.split('\n');
}

function fetchSyft(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const environment = join(cache, 'comapi-webhook-receiver', 'syft-1.18.1');
  execFileSync(new URL('fetch-syft.sh', import.meta.url).pathname, [environment], { stdio: 'inherit' });
  return join(environment, 'bin', 'syft');
}
