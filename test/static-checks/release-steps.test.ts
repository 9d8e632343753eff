import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { version } from '../../src/runtime/version.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const exec = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;

interface Job {
  readonly steps: readonly { readonly name?: string; readonly run?: string }[];
}
const { jobs, defaults } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8')) as {
  jobs: Readonly<Record<string, Job>>;
  defaults: { readonly run: { readonly shell: string } };
};

/** Command that `shell: bash` of a workflow runs. */
const shells: Readonly<Record<string, readonly string[]>> = {
  bash: ['--noprofile', '--norc', '-e', '-o', 'pipefail'],
};

/** Runs the script of a step as GitHub does. The test's own stub programs come first on the PATH. */
async function runStep(
  job: string,
  name: string,
  { cwd, env = {}, programs = {} }: StepOptions,
): Promise<{ readonly output: string; readonly calls: string }> {
  const script = jobs[job]?.steps.find((step) => step.name === name)?.run;
  expect(script, `${job} has the step "${name}"`).toBeDefined();
  const directory = temporaryDirectory();
  const [outputFile, callsFile] = [join(directory, 'output'), join(directory, 'calls')];
  for (const file of [outputFile, callsFile]) {
    writeFileSync(file, '');
  }
  for (const [program, text] of Object.entries(programs)) {
    const file = join(directory, program);
    writeFileSync(file, `#!/bin/sh\necho "${program} $*" >> ${callsFile}\n${text}\n`);
    chmodSync(file, 0o755);
  }
  const path = [directory, dirname(await provideTool('jq')), process.env.PATH].join(':');
  await exec('bash', [...(shells[defaults.run.shell] ?? []), '-c', script ?? ''], {
    cwd,
    env: { PATH: path, GITHUB_OUTPUT: outputFile, ...env },
  });
  return { output: readFileSync(outputFile, 'utf8'), calls: readFileSync(callsFile, 'utf8') };
}

interface StepOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Shell scripts that replace programs that need GitHub. */
  readonly programs?: Readonly<Record<string, string>>;
}

describe('the step that compares versions', () => {
  const compare = (VERSION: string, cwd = root) =>
    runStep('version', 'Check that the tag, the package and the chart have the same version', {
      cwd,
      env: { VERSION },
    });
  const chartFile = 'charts/comapi-webhook-receiver/Chart.yaml';

  test('passes for the tag of this version, and for no other', async () => {
    await compare(`v${version}`);
    await expect(compare(`v${version}0`)).rejects.toThrow('Command failed');
    await expect(compare(version)).rejects.toThrow('Command failed');
  });

  test.each(['version', 'appVersion'])('refuses a chart whose %s is another one', async (field) => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, dirname(chartFile)), { recursive: true });
    cpSync(join(root, 'package.json'), join(cwd, 'package.json'));
    const chart = readFileSync(join(root, chartFile), 'utf8');
    writeFileSync(join(cwd, chartFile), chart.replace(new RegExp(`^${field}: .*`, 'm'), `${field}: 0.0.1`));
    await expect(compare(`v${version}`, cwd)).rejects.toThrow('Command failed');
  });
});

test('the step that looks for the commit on main takes one of main, and none of a branch', async () => {
  const cwd = temporaryDirectory();
  const git = async (...args: string[]) => (await exec('git', args, { cwd })).stdout.trim();
  const commit = async (message: string) => {
    const words = '-c user.name=t -c user.email=t@t commit --quiet --allow-empty -m'.split(' ');
    await git(...words, message);
    return git('rev-parse', 'HEAD');
  };
  await git('init', '--quiet', '--initial-branch', 'main');
  const old = await commit('first');
  await commit('second');
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  await git('checkout', '--quiet', '-b', 'other', old);
  const aside = await commit('aside');
  const look = (GITHUB_SHA: string) =>
    runStep('version', 'Check that the commit is on main', { cwd, env: { GITHUB_SHA } });
  await look(old);
  await expect(look(aside)).rejects.toThrow('Command failed');
});

test('the step that fixes the base gives its digest in the place of its tag', async () => {
  const { output, calls } = await runStep(
    'build',
    'Resolve the base image once, for build, scan and signature',
    {
      cwd: root,
      programs: { docker: `echo '{"digest":"sha256:0a1b"}'` },
    },
  );
  expect(calls).toMatch(/^docker buildx imagetools inspect node:26-bookworm-slim /);
  expect(output).toBe('image=node@sha256:0a1b\n');
});

/** Runs the publish step in a directory that contains the built image, or a different file in its place. */
async function publishImage(VERSION: string, scanned = 'built') {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'image.tar'), 'built');
  const { output: sum } = await runStep(
    'build',
    'Record the checksum of the build, before third-party programs can access it',
    { cwd },
  );
  writeFileSync(join(cwd, 'image.tar'), scanned);
  return runStep('publish', 'Push the image that was built, and sign it', {
    cwd,
    env: { VERSION, IMAGE: 'registry.example/o/n', SUM: sum.replace(/^sum=/, '').trimEnd() },
    programs: { skopeo: 'echo sha256:0a1b > digest', cosign: '' },
  });
}

test('the step that publishes the image ends before it pushes one that was changed after the build', async () => {
  await expect(publishImage('v1.2.3', 'changed')).rejects.toThrow('sha256sum');
});

test.each([
  ['v1.2.3', ['1.2', '1.2.3']],
  ['v1.2.0-rc.1', ['1.2.0-rc.1']],
])('the step that publishes the image of %s pushes %j, and signs the digest', async (VERSION, tags) => {
  const { output, calls } = await publishImage(VERSION);
  const pushes = tags.map(
    (tag) =>
      `skopeo copy --all --preserve-digests --digestfile digest oci-archive:image.tar docker://registry.example/o/n:${tag}`,
  );
  expect(calls.trimEnd().split('\n')).toEqual([
    ...pushes,
    'cosign sign --yes registry.example/o/n@sha256:0a1b',
  ]);
  expect(output).toBe('digest=sha256:0a1b\n');
});

describe('the step that publishes the chart', () => {
  const publish = (helm: string) =>
    runStep('publish', 'Push the chart with the digest of its image, and sign it', {
      cwd: temporaryDirectory(),
      env: {
        ...{ VERSION: 'v1.2.3', CHARTS: 'registry.example/o/charts', DIGEST: 'sha256:0a1b' },
        ...{ REGISTRY: 'registry.example', REGISTRY_USER: 'u', REGISTRY_TOKEN: 'planted', REPOSITORY: 'o/n' },
      },
      programs: { helm, yq: '', cosign: '' },
    });

  test('signs the digest that helm prints', async () => {
    const { calls } = await publish('[ "$1" != push ] || printf "Pushed: x\\nDigest: sha256:2c3d\\n" >&2');
    expect(calls).toContain('helm push comapi-webhook-receiver-1.2.3.tgz oci://registry.example/o/charts\n');
    expect(calls).toContain(
      'cosign sign --yes registry.example/o/charts/comapi-webhook-receiver@sha256:2c3d\n',
    );
    expect(calls).not.toContain('planted');
  });

  test('ends when helm cannot push', async () => {
    await expect(publish('[ "$1" != push ]')).rejects.toThrow('Command failed');
  });
});
