import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { storeKinds } from '../../src/config/stores.ts';
import { startByNpm, whenLogged } from '../support/start-by-npm.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;
const run = promisify(execFile);
const secret = 'a-secret-of-a-test-0123456789abcdef';

/** Files of the project that a developer changes to add a store. */
const changes = [
  {
    file: 'src/config/stores.ts',
    edits: [
      ['import { redisSettings', "import { toySettings } from './toy-config.ts';\nimport { redisSettings"],
      ['  redis: redisSettings,\n', '  redis: redisSettings,\n  toy: toySettings,\n'],
    ],
  },
  {
    file: 'src/stores/open-store.ts',
    edits: [
      [
        "    case 'redis':",
        "    case 'toy':\n      return (await import('./toy-store.ts')).createToyStore(config);\n    case 'redis':",
      ],
    ],
  },
] as const;

interface TestResult {
  readonly title: string;
  readonly status: string;
  readonly ancestorTitles: readonly string[];
  readonly failureMessages: readonly string[];
}

/** A copy of the project with an additional store. */
function addToyStore(more: readonly string[] = []): string {
  const copy = temporaryDirectory();
  for (const path of ['src', 'package.json', ...more]) {
    cpSync(join(project, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  const move = (from: string, to: string, replaced: readonly (readonly [string, string])[]) => {
    const text = readFileSync(join(project, 'test/e2e/toy', from), 'utf8');
    writeFileSync(
      join(copy, to),
      replaced.reduce((moved, [find, replacement]) => moved.replaceAll(find, replacement), text),
    );
  };
  const toSource = ['../../../src/', '../'] as const;
  move('toy-config.ts', 'src/config/toy-config.ts', [toSource]);
  move('toy-store.ts', 'src/stores/toy-store.ts', [toSource, ["'./toy-config", "'../config/toy-config"]]);
  if (more.includes(contract)) {
    move('toy-contract.ts', `${contract}/toy.test.ts`, [
      ['../../real-stores/contract/', './'],
      ["'./toy-store", "'../../../src/stores/toy-store"],
    ]);
  }
  for (const { file, edits } of changes) {
    const path = join(copy, file);
    let text = readFileSync(path, 'utf8');
    for (const [find, replacement] of edits) {
      expect(text).toContain(find);
      text = text.replace(find, replacement);
    }
    writeFileSync(path, text);
  }
  return copy;
}

const contract = 'test/real-stores/contract';
const usual = { PATH: process.env.PATH, HOME: process.env.HOME };

test('a new store is its own files, and a few lines in two others', async () => {
  expect(changes).toHaveLength(2);
  const copy = addToyStore();
  const started = await startByNpm(copy, {
    ...usual,
    TOY_NAME: 'bear',
    WEBHOOK_SECRET: secret,
    HTTP_PORT: '0',
    MANAGEMENT_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
  });
  await whenLogged(started, '"msg":"listening"');
  const url = /"url":"(http:\/\/localhost:\d+)"/.exec(started.log())?.[1];
  const command = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    run(process.execPath, ['src/comapi-webhook.mjs', ...args], {
      cwd: copy,
      env: { ...usual, ...env },
    });

  const sent = await command(['send', '--url', `${url}/webhook`], { WEBHOOK_SECRET: secret });
  expect(sent.stdout).toContain('200 {"accepted":1,"deadLettered":0}');
  process.kill(started.group, 'SIGTERM');
  expect(await started.closed).toEqual([0, null]);
  expect(started.log()).toContain('"name":"bear","topics":["toys"]');
});

test('its variables are known like those of the others', async () => {
  const copy = addToyStore();
  const check = (env: Readonly<Record<string, string>>) =>
    run(process.execPath, ['src/comapi-webhook.mjs', 'check'], {
      cwd: copy,
      env: { ...usual, WEBHOOK_SECRET: secret, ...env },
    }).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    );
  expect(await check({ TOY_NAME: 'bear' })).toMatch(/store\s+toy bear/);
  expect(await check({ TOY_NAME: 'bear', TOY_TOPIK: 'x' })).toContain('Did you mean TOY_TOPIC?');
  expect(await check({ TOY_NAME: 'bear', REDIS_URL: 'redis://h' })).toContain('events go to one store only');
});

test('each store has its contract, and a stub fails it with a list of what it lacks, in the words of one that rejects writes', async () => {
  for (const kind of storeKinds) {
    expect(existsSync(join(project, contract, `${kind}.test.ts`)), kind).toBe(true);
  }
  const config = 'test/real-stores/vitest.config.ts';
  const copy = addToyStore([
    contract,
    config,
    'test/support',
    'test/fixtures',
    'docs/contracts',
    'README.md',
  ]);
  const report = join(copy, 'report.json');
  const reporting = ['--reporter=json', `--outputFile.json=${report}`];
  // Before the tests of "reconcile" fail, they would send thousands of events.
  const which = ['toy.test.ts', '--testNamePattern', '^(?!.*reconcile finds)'];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', config, ...reporting, ...which];
  await expect(run(process.execPath, vitest, { cwd: copy, env: usual })).rejects.toThrow();
  const [{ assertionResults: results }] = JSON.parse(readFileSync(report, 'utf8')).testResults;
  const titles = (status: string, stub = 'whole', word = '') =>
    (results as readonly TestResult[])
      .filter((each) => each.status === status && each.ancestorTitles[0] === stub)
      .filter(({ failureMessages }) => failureMessages.join().includes(word))
      .map(({ title }) => title.split(/[:,;]/)[0]);
  expect(titles('passed')).toEqual([
    'it stores key',
    'it keeps the order of a key',
    'it rejects the one record that is too large by its place',
  ]);
  // The store declares that it has every ability, so the contract skips only these two tests.
  expect(titles('skipped')).toHaveLength(2);
  expect(titles('failed')).toEqual(
    expect.arrayContaining([
      'a rejected event is replayed once',
      'the README says what it cannot',
      'check names it',
      'tail shows every event up to the end',
      'it is killed under load',
      'one part that rejects writes holds up no other',
      'what it acknowledged is read back',
    ]),
  );
  expect(titles('failed', 'broken', 'SinkError: the toy is broken')).toEqual(
    expect.arrayContaining([
      'it stores key',
      'every event of simulate is stored byte for byte in the part of its key',
      'with a spool deliveries hear 200 while it is unavailable',
      'tail shows dead letters in order',
      'it hangs under load',
    ]),
  );
});
