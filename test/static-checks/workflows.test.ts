import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const directory = new URL('../../.github/workflows', import.meta.url).pathname;
const read = (name: string) => readFileSync(join(directory, name), 'utf8');

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
const { jobs }: { jobs: Readonly<Record<string, Job>> } = parse(read('release.yml'));

test.each(readdirSync(directory))('%s runs every action by the digest of a named version', (name) => {
  const used = read(name).match(/uses: .*/g) ?? [];
  const own = /^uses: \.\/\.github\/workflows\//;
  expect(used.length).toBeGreaterThan(0);
  for (const line of used.filter((each) => !own.test(each))) {
    expect(line).toMatch(/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

describe('a release', () => {
  const publishing = Object.keys(jobs).filter((name) => mayPublish(jobs[name]));

  test('is published and signed by one job, after all lanes for that commit, and after the build', () => {
    expect(publishing).toEqual(['publish']);
    expect(allNeeds('publish')).toEqual(new Set(['version', 'ci', 'nightly', 'build', 'scan']));
    for (const name of ['ci', 'nightly']) {
      expect(jobs[name]?.uses).toBe(`./.github/workflows/${name}.yml`);
      expect(parse(read(`${name}.yml`)).on).toHaveProperty('workflow_call');
    }
  });

  test('takes the sum of the image in a job without a scanner, and compares it before a push', () => {
    const used = jobs.build?.steps?.flatMap(({ uses }) => uses?.split('@')[0] ?? []) ?? [];
    expect(used.filter((name) => !/^(?:actions|docker)\//.test(name))).toEqual([]);
    const { env } =
      jobs.publish?.steps?.find(({ run }) => run?.startsWith('sha256sum --check <<< "$SUM"')) ?? {};
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's notation
    expect(env).toEqual({ SUM: '${{ needs.build.outputs.sum }}' });
  });

  test('is published only after a scan of each platform that ends its job', () => {
    const scans = (jobs.scan?.steps ?? []).filter(({ uses }) =>
      uses?.startsWith('aquasecurity/trivy-action@'),
    );
    expect(scans.map((scan) => scan.with?.input)).toEqual(['amd64.tar', 'arm64.tar']);
    for (const scan of scans) {
      expect(scan).not.toHaveProperty('continue-on-error');
      expect(scan.with).toMatchObject({ severity: 'HIGH,CRITICAL', 'ignore-unfixed': true, 'exit-code': 1 });
    }
  });

  test('publishes the file that was handed over: nothing is built with secrets at hand', () => {
    const used = jobs.publish?.steps?.flatMap(({ uses }) => uses?.split('@')[0] ?? []);
    expect(used).toContain('actions/download-artifact');
    expect(used).not.toContain('docker/build-push-action');
  });
});

test('the chart gets the address of the repository that releases it, and names none before', () => {
  const chart = parse(
    readFileSync(new URL('../../charts/comapi-webhook-receiver/Chart.yaml', import.meta.url), 'utf8'),
  );
  expect(Object.keys(chart)).toEqual(expect.arrayContaining(['maintainers', 'keywords', 'kubeVersion']));
  expect([chart.home, chart.sources, chart.icon]).toEqual([undefined, undefined, undefined]);
  const { run, env } = jobs.publish?.steps?.find((step) => step.run?.includes('helm package')) ?? {};
  // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's notation
  expect(env?.SOURCE).toBe('${{ github.server_url }}/${{ github.repository }}');
  expect(run).toMatch(/\.home = strenv\(SOURCE\).*\n *helm package/);
});

/** Whether a job reads a secret or may sign on behalf of the repository. */
function mayPublish(job: Job | undefined): boolean {
  return job?.permissions['id-token'] !== undefined || JSON.stringify(job).includes('secrets.');
}

function allNeeds(name: string): Set<string> {
  const direct = [jobs[name]?.needs ?? []].flat();
  return new Set(direct.flatMap((each) => [each, ...allNeeds(each)]));
}
