import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { readRunbooks } from '../support/runbook-commands.ts';
import { type RunbookRelease, useRunbookRelease } from './support/runbook-release.ts';

const pages = readRunbooks().filter(({ commands }) => commands.length > 0);

describe.each(['Deployment', 'StatefulSet'] as const)('a release whose receivers are a %s', (kind) => {
  const release = useRunbookRelease(kind);
  // Only a StatefulSet has what that page is about.
  const own = pages.filter(({ file }) => kind === 'StatefulSet' || file !== 'spool.md');

  describe.each(own)('$file', ({ commands }) => {
    test.each(commands)('%s', async (command) => {
      const { code, output } = await run(await release.fillIn(command), release);
      // What judges the topics ends with 1 when it finds fault: those of one broker could lose what they hold.
      const judges = /comapi-webhook (check|topics)/.test(command);
      // A search of a log ends with 1, and prints nothing, when the log has no such line.
      const hasFoundNothing = / \| grep '/.test(command) && code === 1 && output === '';
      const expected = judges || hasFoundNothing ? 1 : 0;
      expect({ code, output }).toEqual({ code: expected, output: expect.any(String) });
      if (judges) {
        expect(output).toMatch(/replica/);
      }
    });
  });
});

test('the reader of runbooks finds their commands', () => {
  expect(pages.flatMap(({ commands }) => commands).length).toBeGreaterThan(20);
});

async function run(
  script: string,
  { directory, env }: RunbookRelease,
): Promise<{ readonly code: number | null; readonly output: string }> {
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
