import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPlatformApp, toPlatformEnv } from '../support/platform-app.ts';
import { startByNpm, whenLogged } from '../support/start-by-npm.ts';

let app = '';

beforeAll(() => {
  app = installPlatformApp();
});

afterAll(() => rmSync(app, { recursive: true, force: true }));

test('the install brings neither packages for development nor a Node of its own', () => {
  expect(existsSync(join(app, 'node_modules/koa'))).toBe(true);
  for (const name of ['vitest', 'typescript', '.bin/node', `node-${process.platform}-${process.arch}`]) {
    expect(existsSync(join(app, 'node_modules', name))).toBe(false);
  }
});

test('./comapi-webhook runs on the Node of the platform', async () => {
  const { env } = await toPlatformEnv(app);
  const printed = execFileSync(join(app, 'comapi-webhook'), ['--version'], {
    cwd: app,
    env,
    encoding: 'utf8',
  });
  expect(printed).toMatch(/^\d+\.\d+\.\d+/);
});

describe('npm start on a platform', () => {
  test('with nothing but a port says what to set, and ends with 2', async () => {
    const { env } = await toPlatformEnv(app);
    const { closed, log } = await startByNpm(app, env);
    expect(await closed).toEqual([2, null]);
    expect(log()).toMatch(/^ {2}KAFKA_BROKERS: is missing, and so are .*REDIS_URL.* and DATA_DIR/m);
    expect(log()).toMatch(/^ {2}WEBHOOK_SECRETS_DIR: .* Set WEBHOOK_SECRET /m);
    expect(existsSync(join(app, 'data'))).toBe(false);
  });

  test('on one that does not set NODE_ENV is a start for development, on the given port', async () => {
    const { url, env } = await toPlatformEnv(app);
    const started = await startByNpm(app, { ...env, NODE_ENV: undefined });
    await whenLogged(started, '"msg":"listening"');
    const { port } = new URL(url);
    expect(started.log()).toContain(`send --url http://localhost:${port}/webhook --secret-file data/secret`);
    expect((await fetch(url)).status).toBe(200);
  });
});

test('an old Node of the platform hears which one is needed', () => {
  const posing = 'Object.defineProperty(process, "versions", { value: { node: "22.22.0" } })';
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(posing)}`, 'src/comapi-webhook.mjs', 'receive'],
    { cwd: app, encoding: 'utf8' },
  );
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^error: Node\.js 22\.22\.0 is too old: comapi-webhook needs Node\.js 24\.11 or later\./,
  );
});
