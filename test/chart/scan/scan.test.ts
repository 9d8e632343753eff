import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { allOptions } from '../support/all-options.ts';
import { pick, render } from '../support/render.ts';

interface Exception {
  readonly check: string;
  readonly objects: RegExp;
  readonly reason: string;
}

const once = 'It runs once and ends: nothing could be probed.';

/** What the scanner finds and is meant to be so. An entry that finds nothing fails the test as well. */
const exceptions: readonly Exception[] = [
  {
    check: 'CKV_K8S_11',
    objects: /^(Deployment|StatefulSet|Job|CronJob|Pod)\./,
    reason:
      'No CPU limit: throttling costs answers inside the provider’s 10 s, and requests already bound the share.',
  },
  {
    check: 'CKV_K8S_35',
    objects: /^(Deployment|StatefulSet|Job|CronJob)\./,
    reason: 'Only the name of the Kafka user is a variable; its password is a file.',
  },
  { check: 'CKV_K8S_8', objects: /^Pod\..*-test$/, reason: once },
  { check: 'CKV_K8S_9', objects: /^Pod\..*-test$/, reason: once },
  {
    check: 'CKV2_K8S_6',
    objects: /^Pod\..*-test$/,
    reason: 'The pod of helm test is not restricted: it only posts to the receiver.',
  },
];

interface CheckovReport {
  readonly summary: { readonly passed: number };
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
  };
}

let checkov: string;

beforeAll(() => {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const directory = join(cache, 'comapi-webhook-receiver', 'checkov-3.3.0');
  execFileSync(new URL('fetch-checkov.sh', import.meta.url).pathname, [directory], { stdio: 'inherit' });
  checkov = join(directory, 'bin', 'checkov');
});

test('a static scan of every object finds nothing but what is explained', () => {
  const directory = mkdtempSync(join(tmpdir(), 'scan-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'chart.yaml');
  writeFileSync(
    file,
    [...render(allOptions), pick(render({ ...allOptions, spool: { enabled: true } }), 'StatefulSet')]
      .map((manifest) => stringify(manifest))
      .join('---\n'),
  );
  const args = [
    '--file',
    file,
    '--framework',
    'kubernetes',
    '--output',
    'json',
    '--skip-download',
    '--soft-fail',
  ];
  const { stdout } = spawnSync(checkov, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const report: CheckovReport = JSON.parse(stdout);

  expect(report.summary.passed).toBeGreaterThan(400);
  const found = report.results.failed_checks.map(({ check_id: check, resource }) => ({ check, resource }));
  const isExplained = ({ check, resource }: (typeof found)[number]) =>
    exceptions.some((exception) => exception.check === check && exception.objects.test(resource));
  expect(found.filter((each) => !isExplained(each))).toEqual([]);
  expect(new Set(found.map(({ check }) => check))).toEqual(new Set(exceptions.map(({ check }) => check)));
});
