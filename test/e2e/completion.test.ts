import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shells } from '../../src/commands/completion-command.ts';
import { runCommand } from '../support/run-command.ts';

const directory = mkdtempSync(join(tmpdir(), 'completion-'));
const scriptOf = (shell: string) => join(directory, shell);

beforeAll(async () => {
  for (const shell of shells) {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(scriptOf(shell), stdout);
  }
  writeFileSync(join(directory, 'night.env'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What a shell prints of a script. zsh and fish are not everywhere: `apt-get install zsh fish`. */
function runShell(shell: string, flags: readonly string[], script: string): string {
  const { stdout, stderr } = spawnSync(shell, [...flags, '-c', script], { encoding: 'utf8', cwd: directory });
  expect(stderr).toBe('');
  return stdout;
}

const hasShell = (shell: string) => spawnSync(shell, ['--version']).status === 0;

/** What is offered behind these words. */
const complete: Readonly<Record<'bash' | 'fish', (line: string) => string[]>> = {
  bash: (line) =>
    runShell(
      'bash',
      ['--norc'],
      `source ${scriptOf('bash')}; read -ra COMP_WORDS <<< "${line}"; [[ "${line}" == *" " ]] && COMP_WORDS+=(""); ` +
        `COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _comapi_webhook; printf "%s\\n" "\${COMPREPLY[@]}"`,
    )
      .split('\n')
      .filter((word) => word !== ''),
  fish: (line) =>
    runShell('fish', ['--no-config'], `source ${scriptOf('fish')}; complete -C "${line}"`)
      .split('\n')
      .map((each) => each.split('\t')[0] ?? '')
      .filter((word) => word !== ''),
};

describe.each(['bash', 'fish'] as const)('%s completes', (shell) => {
  test.skipIf(!hasShell(shell)).each([
    ['comapi-webhook re', ['receive', 'reconcile', 'register', 'replay']],
    ['comapi-webhook replay --fr', ['--from']],
    ['comapi-webhook replay --from ', ['dead-letters', 'events']],
    ['comapi-webhook tail --env-file ni', ['night.env']],
    ['comapi-webhook help fi', ['filter', 'find']],
    ['comapi-webhook completion z', ['zsh']],
    ['comapi-webhook find --since 2', []],
  ])('%j', (line, words) => {
    expect(complete[shell](line).toSorted()).toEqual(words);
  });
});

test.skipIf(!hasShell('zsh'))('zsh completes a command, its option and the value at three tabs', () => {
  const script = `
    zmodload zsh/zpty; zpty -b z zsh -f -i; integer tries
    wait_for() { repeat 200; do zpty -r -t z part && seen+=$part; [[ $seen == *$1* ]] && return; sleep 0.05; done; }
    zpty -w z "PS1=; autoload -U compinit; compinit -u -D; source ${scriptOf('zsh')}; echo RE''ADY"; wait_for READY
    zpty -w -n z $'comapi-webhook rep\\t'; wait_for 'webhook replay'
    zpty -w -n z $'--fr\\t'; wait_for '--from'
    zpty -w -n z $'ev\\t'; wait_for 'events'
    print -r -- $seen`;
  const { stdout } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8', timeout: 60_000 });
  expect(stdout).toMatch(/comapi-webhook replay.*--from.*events/s);
});

test('another shell is refused', async () => {
  expect(await runCommand(['completion', 'csh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish.'),
  });
});
