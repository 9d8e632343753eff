import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { installPlatformApp, runUntilSigterm, toPlatformEnv } from '../support/platform-app.ts';
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

  test('stores every event that it answers, until SIGTERM to the process group or to npm alone ends it in time', async () => {
    const bootstrap = await kafkaBrokers();
    const topic = `platform-${randomUUID()}`;
    await createTopic(bootstrap, topic, { partitions: 3 });
    // As Heroku's add-on names it, but without TLS.
    const brokers = bootstrap.split(',').map((broker) => `kafka://${broker}`);
    const deadLetters = `${topic}.dead-letters`;
    await createTopic(bootstrap, deadLetters, { partitions: 1 });
    const store = { KAFKA_URL: brokers.join(','), KAFKA_TOPIC: topic, KAFKA_DEAD_LETTER_TOPIC: deadLetters };
    const runs = (['the process group', 'npm alone'] as const).map((signalTo) =>
      runUntilSigterm({ app, store, signalTo }),
    );
    const acknowledged = (await Promise.all(runs)).flat();
    const stored = await readTopic({ bootstrap, topic, headers: false });
    const values = new Set(stored.map(({ value }) => String(value)));
    expect(acknowledged.filter((event) => !values.has(event))).toEqual([]);
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
  expect(stderr).toMatch(/^error: Node 22\.22\.0 is too old: comapi-webhook needs Node 24\.11 or later\./);
});
