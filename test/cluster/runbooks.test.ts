import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from 'vitest';
import { readRunbooks } from '../support/runbook-commands.ts';
import { type RunbookRelease, useRunbookRelease } from './support/runbook-release.ts';

const pages = readRunbooks().filter(({ commands }) => commands.length > 0);

/** What a page about a job is for: one has failed before its commands are typed. What its log says then. */
const failedJobs: Readonly<Record<string, { readonly job: string; readonly says: RegExp }>> = {
  // No name server knows the host.
  'silence.md': { job: 'canary', says: /ENOTFOUND|EAI_AGAIN/ },
  // Nothing listens where the provider's API should be.
  'reconcile.md': { job: 'reconcile', says: /ECONNREFUSED/ },
};

describe.each(['Deployment', 'StatefulSet'] as const)('a release whose receivers are a %s', (kind) => {
  const release = useRunbookRelease(kind);
  // Only a StatefulSet has what that page is about.
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
      // A hand at night types it again.
      await expectToWork(command, { isAgain: true });
    });

    async function expectToWork(command: string, { isAgain = false } = {}): Promise<void> {
      const { code, output } = await typed(command);
      // Both say that topics of one broker could lose what they hold.
      const judges = /comapi-webhook (check|topics)/.test(command);
      // A search of a log ends with 1, and prints nothing, when the log has no such line.
      const hasFoundNothing = / \| grep '/.test(command) && code === 1 && output === '';
      // A key that is gone is not there to be removed: so is one that was misspelt.
      const isRemovedAlready = isAgain && command.includes('"op":"remove"');
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
