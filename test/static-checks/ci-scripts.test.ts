import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryDirectory } from '../support/test-receiver.ts';

const root = new URL('../..', import.meta.url).pathname;

/** Creates a project with the scripts of `.ci`, and stubs for all programs that they call. */
function createProject(scripts: readonly string[], programs: Readonly<Record<string, string>>) {
  const directory = temporaryDirectory();
  for (const script of scripts) {
    cpSync(join(root, script), join(directory, script));
  }
  for (const [name, text] of Object.entries(programs)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  }
  return {
    directory,
    run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
      const path = [join(directory, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
      const { status, stdout, stderr } = spawnSync(join(directory, command), args, {
        encoding: 'utf8',
        env: { PATH: path, HOME: directory, CLUSTER_SCRIPT: 'none', ...env },
      });
      return { status, stdout, stderr };
    },
  };
}

describe('.ci/run', () => {
  const report = '{"numPassedTests":2,"numFailedTests":0,"testResults":[]}';
  const suite = `echo "$0 $*"; for option; do
    case $option in --outputFile.json=*) echo "\${REPORT:-$PASSED}" >"\${option#*=}" ;; esac
  done`;
  const runCi = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    createProject(['.ci/run', '.ci/in-background', '.ci/print-totals.mjs'], {
      '.ci/install-tools': 'echo tools',
      '.ci/bare-machine': suite,
      '.ci/with-node': suite,
      '.ci/cluster-tests': 'echo none here; exit 77',
      'bin/npm': `${suite}\n[[ -z $FAILING || "$*" != *$FAILING* ]] || { eval "$SAYS"; exit 1; }`,
    }).run('.ci/run', args, { PASSED: report, ...env });

  test('without an argument runs the short lanes, says how long each step took, and ends with the sum', () => {
    const { status, stdout } = runCi([]);
    expect(new Set(toSteps(stdout))).toEqual(
      new Set([
        ...['tools', 'npm ci', 'npm run check', 'npm run test:checks', 'npm test', 'npm run test:kafka'],
        ...['npm run test:stores', 'npm run test:chart'],
        ...['npm run test:simulation, the corpus', 'npm run test:simulator'],
        ...['npm run test:faults, short form', 'npm run test:faults, abuses in the memory of a pod'],
      ]),
    );
    // These six suites write reports: checks, npm test, Kafka, stores, chart, simulator.
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('12 passed, 0 failed');
    expect(status).toBe(0);
  });

  test('with "all" runs the short and the long lanes, and says what was skipped', () => {
    const { status, stdout } = runCi(['all']);
    expect(toSteps(stdout)).toEqual(expect.arrayContaining(toSteps(runCi([]).stdout)));
    expect(stdout).toMatch(/^=== cluster tests\nnone here\n=== cluster tests: skipped \(\d+ s\)$/m);
    expect(stdout).toMatch(/^=== npm run bench:guard: ok \(\d+ s\)$/m);
    // These long suites write reports: bare machines, consume, matrix, Node 24 (twice), image (twice), season, foreign
    // broker, proxies.
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('32 passed, 0 failed');
    expect(status).toBe(0);
  });

  test.for([
    [
      'by its last lines',
      'echo one; echo; echo two',
      [/^ {2}\/.*npm run --silent bench:guard$/, '  one', '  ', '  two'],
    ],
    [
      'by the lines that it marks, each after its heading',
      String.raw`printf '1/2 receiver, seed 7\n  sent 10\n  ! lost: a\n10:00:00 next\n10:00:01   ! lost: b\n\nthe end\n'`,
      ['  1/2 receiver, seed 7: ! lost: a', '  next: ! lost: b'],
    ],
  ] as const)('fails with a step that fails, and ends with what failed in it: %s', ([, says, told]) => {
    const { status, stdout } = runCi(['all'], { FAILING: 'bench:guard', SAYS: says });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-told.length - 2)).toEqual([
      'FAILED npm run bench:guard',
      ...told.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
      '32 passed, 1 failed',
    ]);
    expect(status).toBe(1);
  });

  test('fails with a test that fails, and ends with its name and the first line of its error', () => {
    const failed = {
      status: 'failed',
      fullName: 'a thing is right',
      failureMessages: ['Error: it is wrong\n  at'],
    };
    const failing = JSON.stringify({
      ...{ numPassedTests: 2, numFailedTests: 1 },
      testResults: [{ name: '/home/x/test/a.test.ts', status: 'failed', assertionResults: [failed] }],
    });
    const { status, stdout } = runCi(['matrix'], { FAILING: 'test:matrix', REPORT: failing });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-3)).toEqual([
      'FAILED npm run test:matrix',
      '  npm-run-test:matrix: test/a.test.ts: a thing is right: Error: it is wrong',
      '2 passed, 1 failed',
    ]);
    expect(status).toBe(1);
  });

  test('fails with a lane that ends before its steps', () => {
    const { status, stdout } = runCi(['alone'], { FAILING: 'bench:guard', SAYS: 'kill -KILL $PPID' });
    expect(stdout).toMatch(/^=== lane alone: FAILED/m);
    expect(status).toBe(1);
  });

  test('runs a lane alone, also one that has no report of tests', () => {
    const { status, stdout } = runCi(['faults']);
    expect(toSteps(stdout)).toEqual(['tools', 'npm ci', 'npm run test:faults, short form']);
    expect([status, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, '0 passed, 0 failed']);
  });

  test('runs nothing when it does not know a lane, and names those that there are', () => {
    const { status, stdout, stderr } = runCi(['check', 'outage']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Unknown lane outage\. The lanes are: kafka check .* foreign alone\. /);
  });

  test('its short lanes are the jobs of ci.yml, the long ones those of nightly.yml', () => {
    const script = readFileSync(join(root, '.ci/run'), 'utf8');
    const lanesOf = (name: string) =>
      script
        .match(new RegExp(`(?<=^${name}=\\()[^)]+`, 'm'))?.[0]
        .replaceAll("'", '')
        .split(' ');
    const jobsOf = (workflow: string) =>
      parse(readFileSync(join(root, '.github/workflows', workflow), 'utf8')).jobs.lane.strategy.matrix.lane;
    expect(jobsOf('ci.yml')).toEqual(lanesOf('short'));
    expect(jobsOf('nightly.yml')).toEqual(lanesOf('long'));
    expect([...jobsOf('ci.yml'), ...jobsOf('nightly.yml')]).toEqual(script.match(/(?<=^lane_)\w+(?=\(\))/gm));
  });
});

/** Names of the steps that succeeded, in the order in which they ended. */
function toSteps(stdout: string): string[] {
  return [...new Set(stdout.match(/(?<=^=== ).*(?=: ok )/gm))];
}

test('.ci/in-background runs a command at the lowest priority, and ends it when it is ended', async () => {
  const script = 'nice; sleep infinity & wait';
  const background = spawn(join(root, '.ci/in-background'), ['bash', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(String(await once(background.stdout, 'data'))).toBe('19\n');
  background.kill();
  // The output ends only when all processes that could write to it have ended, even on a busy machine.
  await once(background, 'close');
});

describe('.ci/cluster-tests', () => {
  const described = Object.fromEntries(
    [
      'IMAGE',
      'NEXT_IMAGE',
      'PAST_IMAGES',
      'HOST_ADDRESS',
      'INGRESS_ADDRESS',
      'INGRESS_CLASS',
      'GATEWAY_CLASS',
    ].map((name) => [`CLUSTER_${name}`, 'x']),
  );

  test('run on the cluster that the environment describes', () => {
    const { run } = createProject(['.ci/cluster-tests'], { 'bin/npm': 'echo "$KUBECONFIG $*"' });
    const { status, stdout } = run('.ci/cluster-tests', ['--bail'], { ...described, KUBECONFIG: 'given' });
    expect([status, stdout]).toEqual([0, 'given run --silent test:cluster -- --bail\n']);
  });

  test('are skipped, with a sentence, where there is neither that nor docker', () => {
    const { run } = createProject(['.ci/cluster-tests'], { 'bin/docker': 'exit 1' });
    const { status, stdout } = run('.ci/cluster-tests', [], { KUBECONFIG: 'of something else' });
    expect(status).toBe(77);
    expect(stdout).toMatch(/^Cluster tests skipped: .* CLUSTER_IMAGE CLUSTER_NEXT_IMAGE .*\n$/);
  });

  test('run on a cluster that kind makes where docker runs, which is removed afterwards', () => {
    const log = 'echo "$(basename "$0") $*" >>"$HOME/calls"';
    const { run, directory } = createProject(
      ['.ci/cluster-tests', '.ci/kind-cluster', '.ci/kind-traefik.yaml'],
      {
        'bin/docker': `${log}\ncase "$*" in *State.Pid*) echo 42 ;; *IPAddress*) echo 172.18.0.2 ;; save*) touch "$3" ;; esac`,
        'bin/kind': log,
        'bin/kubectl': `${log}\n[ "$1" != get ] || exit 1`,
        'bin/helm': log,
        'bin/go': `echo '\t"Dir": "/modules",'`,
        'bin/git': `case "$1" in cat-file) exit 1 ;; esac`,
        'bin/node': `[[ "$*" != *past-releases* ]] || echo 0a1b2c3`,
        'bin/nsenter': `${log}\nshift 3; "$@"`,
        'bin/npm': `${log}; env | grep ^CLUSTER_ | sort >"$HOME/environment"`,
        'test/image/build-image.sh': log,
      },
    );
    const { status, stderr } = run('.ci/cluster-tests', ['--bail']);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('upgrades are skipped');
    const calls = readFileSync(join(directory, 'calls'), 'utf8').trimEnd().split('\n');
    const exclude = '--exclude test/cluster/upgrade.test.ts';
    expect(calls.filter((call) => /^(kind|npm|build-image)/.test(call))).toEqual([
      expect.stringMatching(/^kind delete cluster /),
      expect.stringMatching(/^kind create cluster /),
      'build-image.sh localhost/comapi-webhook-receiver:test 0.0.0-test',
      expect.stringMatching(/^kind load image-archive .*\/test\.tar$/),
      'build-image.sh localhost/comapi-webhook-receiver:next 0.0.0-next',
      expect.stringMatching(/^kind load image-archive .*\/next\.tar$/),
      `npm run --silent test:cluster -- ${exclude} --bail`,
      expect.stringMatching(/^kind delete cluster /),
    ]);
    expect(readFileSync(join(directory, 'environment'), 'utf8')).toContain(
      'CLUSTER_HOST_ADDRESS=172.18.0.2\nCLUSTER_IMAGE=localhost/comapi-webhook-receiver:test\nCLUSTER_INGRESS_ADDRESS=172.18.0.2:8443\n',
    );
  });
});
