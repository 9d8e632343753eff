import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from 'vitest';
import { readRunbooks } from '../support/runbook-commands.ts';
import { type RunbookRelease, useRunbookRelease } from './support/runbook-release.ts';

const pages = readRunbooks().filter(({ commands }) => commands.length > 0);

interface FailedJob {
  /** Makes it, and ends when it has failed. */
  readonly script: (commands: readonly string[]) => string;
  /** The command that shows what became of a job. */
  readonly shownBy: RegExp;
  readonly says: RegExp;
}

/** What a page about a job is for: one has failed before its commands are typed. */
const failedJobs: Readonly<Record<string, FailedJob>> = {
  'canary-missing.md': {
    script: () => failJobOf('canary'),
    shownBy: / logs /,
    // No name server knows the host.
    says: /ENOTFOUND|EAI_AGAIN/,
  },
  'reconcile.md': {
    script: () => failJobOf('reconcile'),
    shownBy: / logs /,
    // Nothing listens where the provider's API should be.
    says: /ECONNREFUSED/,
  },
  'dead-letters.md': {
    script: (commands) =>
      commands.find((command) => command.includes('batch/v1'))?.replace('"--reason"', '"--no-such-option"') ??
      '',
    shownBy: /batch\/v1/,
    // Its own log, not that of the one before.
    says: /^(?!.*no-such-option).*not put back before/s,
  },
};

describe.each(['Deployment', 'StatefulSet'] as const)('a release whose receivers are a %s', (kind) => {
  const release = useRunbookRelease(kind);
  // Only a StatefulSet has what that page is about.
  const own = pages.filter(({ file }) => kind === 'StatefulSet' || file !== 'spool.md');

  describe.each(own)('$file', ({ file, commands }) => {
    const failed = failedJobs[file];
    beforeAll(async () => {
      if (failed !== undefined) {
        expect(await typed(failed.script(commands))).toMatchObject({ code: 0 });
      }
    });

    test.each(commands)('%s', async (command) => {
      await expectToWork(command);
      // A hand at night types it again.
      await expectToWork(command, { isAgain: true });
    });

    async function expectToWork(command: string, { isAgain = false } = {}): Promise<void> {
      const { code, output } = await typed(command);
      // Both say that topics of one broker could lose what they hold. What would make them ends with 1 then.
      const judges = /comapi-webhook (check|topics)/.test(command);
      const refuses = command.includes('comapi-webhook topics');
      // A search of a log ends with 1, and prints nothing, when the log has no such line.
      const hasFoundNothing = / \| grep '/.test(command) && code === 1 && output === '';
      // A key that is gone is not there to be removed: so is one that was misspelt.
      const isRemovedAlready = isAgain && command.includes('"op":"remove"');
      const expected = refuses || hasFoundNothing || isRemovedAlready ? 1 : 0;
      expect({ code, output }).toEqual({ code: expected, output: expect.any(String) });
      if (judges) {
        expect(output).toMatch(/replica/);
      }
      if (failed?.shownBy.test(command) === true) {
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
