import { expect, test } from 'vitest';
import { type ReconcileContext, type ReconcilePart, runParts } from '../../src/commands/reconcile-parts.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

/** Runs the parts, and gives everything that they print. */
async function run(parts: readonly ReconcilePart[], { json }: { readonly json: boolean }) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const context = {
    signal: new AbortController().signal,
    io: { stderr: { write: (text: string) => stderr.push(text) > 0 } },
    output: { json, write: async (text: string) => void stdout.push(text) },
  } as unknown as ReconcileContext;
  const code = await runParts(parts, context);
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

function part(name: ReconcilePart['name'], text: string, end: () => Promise<'good' | 'missing'>) {
  return {
    name,
    run: async ({ output }) => {
      await output.write(text);
      return end();
    },
  } satisfies ReconcilePart;
}

const good = async () => 'good' as const;
const missing = async () => 'missing' as const;
const fail = async () => Promise.reject(new Error('the store went away'));

test('prints the parts one after the other, and the worst of their codes counts', async () => {
  const parts = [part('counts', '1', missing), part('messages', '[2]', good)];
  expect(await run(parts, { json: true })).toEqual({
    code: 1,
    stdout: '{"counts":1,\n"messages":[2]}\n',
    stderr: '',
  });
  expect((await run(parts, { json: false })).stdout).toBe('1\n[2]');
});

test('a part that fails before it prints leaves the others their say', async () => {
  const failing: ReconcilePart = { name: 'counts', run: fail };
  const { stdout, ...rest } = await run([failing, part('messages', '[2]', good)], { json: true });
  expect(JSON.parse(stdout)).toEqual({ counts: { problem: 'the store went away' }, messages: [2] });
  expect(rest).toEqual({ code: 2, stderr: 'error: counts: the store went away\n' });
});

test('after a part that fails in the middle of its JSON nothing else is printed', async () => {
  const parts = [part('counts', '1', good), part('messages', '[2,', fail), part('registration', '[]', good)];
  expect(await run(parts, { json: true })).toEqual({
    code: 2,
    stdout: '{"counts":1,\n"messages":[2,',
    stderr: 'error: messages: the store went away\n',
  });
});

test('after a part that fails in the middle of its text the others follow', async () => {
  const parts = [part('messages', 'two', fail), part('registration', 'three', good)];
  expect(await run(parts, { json: false })).toMatchObject({
    code: 2,
    stdout: 'two\nthree',
  });
});

test('a wrong use ends all parts', async () => {
  const wrong: ReconcilePart = {
    name: 'messages',
    run: () => Promise.reject(new ConfigError([{ variable: 'DATA_DIR', message: 'is no directory' }])),
  };
  await expect(run([wrong, part('counts', '1', good)], { json: false })).rejects.toThrow(ConfigError);
});
