import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startByNpm, whenLogged } from '../support/start-by-npm.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;
const run = promisify(execFile);
const secret = 'a-secret-of-a-test-0123456789abcdef';

/** The files of the project that a new store changes. */
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

/** A copy of the project with one store more. */
function addToyStore(): string {
  const copy = temporaryDirectory();
  for (const path of ['src', 'package.json']) {
    cpSync(join(project, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  for (const [from, to] of [
    ['toy-config.ts', 'src/config/toy-config.ts'],
    ['toy-store.ts', 'src/stores/toy-store.ts'],
  ] as const) {
    const text = readFileSync(join(project, 'test/stores/toy', from), 'utf8');
    const moved = text
      .replaceAll('../../../src/', '../')
      .replaceAll("'./toy-config", "'../config/toy-config");
    writeFileSync(join(copy, to), moved);
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
  expect(await check({ TOY_NAME: 'bear', REDIS_URL: 'redis://h' })).toContain('one store takes the events');
});
