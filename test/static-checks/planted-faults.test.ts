import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const project = new URL('../..', import.meta.url).pathname;

/** Copies the files that the static checks read, so that a test can insert a mistake into the copy. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'planted-faults-'));
  for (const name of [
    'src',
    'test',
    'charts',
    'docs/architecture.md',
    'package.json',
    'rolldown.config.ts',
    'tsconfig.json',
    'biome.json',
    '.oxlintrc.json',
    '.gitignore',
  ]) {
    cpSync(join(project, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, '.git'));
  return copy;
}

/** Prints all diagnostics. By default, Biome stops after twenty. */
function runCheck(directory: string, script: string) {
  const more = script === 'check:format' ? ['--', '--max-diagnostics=none'] : [];
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, ...more], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

const planted = [
  {
    fault: 'a wrong type',
    script: 'check:types',
    file: 'src/http/planted-1.ts',
    code: "export const port: number = 'x';\n",
  },
  {
    fault: 'a format that is not ours',
    script: 'check:format',
    file: 'src/http/planted-2.ts',
    code: 'export const port=1\n',
  },
  {
    fault: 'the HTTP layer in the core',
    script: 'check:rooms',
    file: 'src/webhook/planted-4.ts',
    code: "import { refusalStatus } from '../http/refusal-status.ts';\n\nexport const status = refusalStatus.too_large;\n",
  },
  {
    fault: 'an import cycle',
    script: 'check:format',
    file: 'src/http/planted-17.ts',
    code: "import { other } from './planted-other.ts';\n\nexport const one = () => other;\n",
    more: {
      'src/http/planted-other.ts':
        "import { one } from './planted-17.ts';\n\nexport const other = () => one;\n",
    },
  },
  {
    fault: 'a read of the environment outside the entry file',
    script: 'check:format',
    file: 'src/http/planted-18.ts',
    code: 'export const port = process.env.PORT;\n',
  },
  {
    fault: 'a duration by the clock that somebody may set',
    script: 'check:format',
    file: 'src/http/planted-19.ts',
    code: 'export const tookMs = (from: number) => Date.now() - from;\n',
  },
  {
    fault: 'the present date without a clock that a test can set',
    script: 'check:format',
    file: 'src/http/planted-20.ts',
    code: 'export const year = () => new Date().getFullYear();\n',
  },
  {
    fault: 'a bound of a unit test that a busy machine can miss',
    script: 'check:format',
    file: 'test/http/planted-23.test.ts',
    code: "import { expect, test } from 'vitest';\n\ntest('is quick', () => {\n  const startedAt = performance.now();\n  expect(performance.now() - startedAt).toBeLessThan(1_000);\n});\n",
  },
  {
    fault: 'a promise that nobody waits for',
    script: 'check:lint',
    file: 'src/http/planted-21.ts',
    code: 'async function work(): Promise<void> {}\n\nexport function start(): void {\n  work();\n}\n',
  },
  {
    fault: 'a file that nothing uses',
    script: 'check:unused',
    file: 'src/http/planted-22.ts',
    code: 'export const port = 1;\n',
  },
] as const;

let copy = '';
const outputs = new Map<string, ReturnType<typeof runCheck>>();

beforeAll(() => {
  copy = copyProject();
  for (const { file, code, ...row } of planted) {
    for (const [path, text] of [[file, code], ...Object.entries('more' in row ? row.more : {})] as const) {
      writeFileSync(join(copy, path), text);
    }
  }
  for (const script of new Set(planted.map((row) => row.script))) {
    outputs.set(script, runCheck(copy, script));
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('npm run check', () => {
  test.each(planted)('finds $fault', ({ file, script }) => {
    const { status, output = '' } = outputs.get(script) ?? {};
    expect(output).toContain(file);
    expect(status).not.toBe(0);
  });

  test('names no file that has none', () => {
    expect(outputs.get('check:format')?.output).not.toMatch(/^src\/http\/refusal-status\.ts/m);
    expect(outputs.get('check:rooms')?.output).not.toMatch(/^(?!.*planted).*\.ts/m);
  });
});
