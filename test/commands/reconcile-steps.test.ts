import { expect, test } from 'vitest';
import {
  type ReconcileContext,
  type ReconcileStep,
  runReconcileSteps,
} from '../../src/commands/reconcile-steps.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

/** Runs the parts of `reconcile` and returns everything that they print. */
async function run(parts: readonly ReconcileStep[]) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const context = {
    signal: new AbortController().signal,
    io: { stderr: { write: (text: string) => stderr.push(text) > 0 } },
    print: async (text: string) => void stdout.push(text),
  } as unknown as ReconcileContext;
  const ended = await runReconcileSteps(parts, context);
  return { ...ended, stdout: stdout.join(''), stderr: stderr.join('') };
}

type End = () => Promise<'yes' | 'no'>;

function part(name: ReconcileStep['name'], text: string, end: End): ReconcileStep {
  return {
    name,
    run: async ({ print }) => {
      await print(text);
      return { finding: { answer: await end(), text: `${text.trim()} is judged` }, json: { text } };
    },
  };
}

const good = async () => 'yes' as const;
const missing = async () => 'no' as const;
const fail = async () => Promise.reject(new Error('the store went away'));

test('prints the parts one after the other, and the worst of their codes counts', async () => {
  expect(await run([part('counts', '1\n', missing), part('messages', '2\n', good)])).toEqual({
    code: 1,
    results: { counts: { text: '1\n' }, messages: { text: '2\n' } },
    stdout: '1\n1 is judged\n\n2\n2 is judged\n',
    stderr: '',
  });
});

test('a part that fails before it prints leaves the other its say', async () => {
  const failing: ReconcileStep = { name: 'counts', run: fail };
  expect(await run([failing, part('messages', '2\n', good)])).toEqual({
    code: 2,
    results: { counts: { problem: 'the store went away' }, messages: { text: '2\n' } },
    stdout: '2\n2 is judged\n',
    stderr: 'error: counts: the store went away\n',
  });
});

test('a part that fails in the middle leaves the other its say', async () => {
  expect(await run([part('counts', '1\n', fail), part('messages', '2\n', good)])).toEqual({
    code: 2,
    results: { counts: { problem: 'the store went away' }, messages: { text: '2\n' } },
    stdout: '1\n\n2\n2 is judged\n',
    stderr: 'error: counts: the store went away\n',
  });
});

test('a wrong use ends all parts', async () => {
  const wrong: ReconcileStep = {
    name: 'messages',
    run: () => Promise.reject(new ConfigError([{ variable: 'DATA_DIR', message: 'is no directory' }])),
  };
  await expect(run([wrong, part('counts', '1', good)])).rejects.toThrow(ConfigError);
});
