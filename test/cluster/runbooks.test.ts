import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from 'vitest';
import { readRunbooks } from '../support/runbook-commands.ts';
import { type RunbookRelease, useRunbookRelease } from './support/runbook-release.ts';

const pages = readRunbooks().filter(({ commands }) => commands.length > 0);

/**
 * Failed jobs that must exist before the commands on their runbook page run. `says` matches the log of the failed job.
 */
const failedJobs: Readonly<Record<string, { readonly job: string; readonly says: RegExp }>> = {
  // The host name does not exist in DNS.
  'silence.md': { job: 'canary', says: /ENOTFOUND|EAI_AGAIN/ },
  // No server listens at the URL of the provider's API.
  'reconcile.md': { job: 'reconcile', says: /ECONNREFUSED/ },
};

describe.each(['Deployment', 'StatefulSet'] as const)('a release whose receivers are a %s', (kind) => {
  const release = useRunbookRelease(kind);
  // This runbook page only applies to receivers in a StatefulSet.
  const own = pages.filter(({ file }) => kind === 'StatefulSet' || file !== 'spool.md');

  describe.each(own)('$file', ({ file, commands }) => {
    const failed = failedJobs[file];
    beforeAll(async () => {
      if (failed !== undefined) {
        expect(await typed(failJobOf(failed.job))).toMatchObject({ code: 0 });
      }
    });

    test.each(commands)('%s', async (command) => {
      await expectToWork(command);
      // An operator may run this command repeatedly, so it must also work the second time.
      await expectToWork(command, { isAgain: true });
    });

    async function expectToWork(command: string, { isAgain = false } = {}): Promise<void> {
      const { code, output } = await typed(command);
      // The commands `check` and `topics` report that topics on a single broker can lose records.
      const judges = /comapi-webhook (check|topics)/.test(command);
      // A search in a log exits with code 1 and prints nothing if no line matches.
      const hasFoundNothing = / \| grep '/.test(command) && code === 1 && output === '';
      // The first run has already removed the key or the ingress, so the second run fails.
      const isRemovedAlready = isAgain && /"op":"remove"| delete ingress /.test(command);
      const expected = hasFoundNothing || isRemovedAlready ? 1 : 0;
      expect({ code, output }).toEqual({ code: expected, output: expect.any(String) });
      if (judges) {
        expect(output).toMatch(/replica/);
      }
      if (failed !== undefined && command.includes(' logs ')) {
        expect(output).toMatch(failed.says);
      }
    }
  });

  async function typed(command: string): Promise<Outcome> {
    return run(await release.fillIn(command), release);
  }
});

test('the reader of runbooks finds their commands', () => {
  expect(pages.flatMap(({ commands }) => commands).length).toBeGreaterThan(20);
});

function failJobOf(cronJob: string): string {
  return `kubectl -n NAMESPACE create job failed-${cronJob} --from=cronjob/RELEASE-comapi-webhook-receiver-${cronJob}
kubectl -n NAMESPACE wait --for=condition=failed job/failed-${cronJob} --timeout=100s`;
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

async function run(script: string, { directory, env }: RunbookRelease): Promise<Outcome> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: directory,
    env: { ...process.env, ...(await env()) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
