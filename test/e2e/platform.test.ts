import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { delivery } from '../support/http-text.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startByNpm, whenLogged } from '../support/start-by-npm.ts';
import { testSecret } from '../support/test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;
let app = '';

/** The Node that runs this test stands for the platform's own. The commands of this project's packages are not there. */
const platformPath = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]
  .filter((directory) => !directory.endsWith('node_modules/.bin'))
  .join(delimiter);

/** What a platform sets by itself. On a machine with other processes the second port must be a free one, too. */
async function toPlatformEnv() {
  const [port = 0] = await freePorts(1);
  return {
    url: `http://127.0.0.1:${port}`,
    env: { PATH: platformPath, HOME: app, NODE_ENV: 'production', PORT: String(port), MANAGEMENT_PORT: '0' },
  };
}

beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'platform-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'src']) {
    cpSync(join(project, name), join(app, name), { recursive: true });
  }
  // npm tells its scripts in which project it runs. What it tells of registry, cache and network counts here too.
  const { npm_config_local_prefix: _prefix, NODE_ENV: _mode, ...env } = process.env;
  const install = ['ci', '--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', install, { cwd: app, env, stdio: 'pipe', timeout: 240_000 });
}, 300_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

test('the install brings neither packages for development nor a Node of its own', () => {
  expect(existsSync(join(app, 'node_modules/koa'))).toBe(true);
  for (const name of ['vitest', 'typescript', '.bin/node', `node-${process.platform}-${process.arch}`]) {
    expect(existsSync(join(app, 'node_modules', name))).toBe(false);
  }
});

describe('npm start on a platform', () => {
  test('with nothing but a port says what to set, and ends with 2', async () => {
    const { env } = await toPlatformEnv();
    const { closed, log } = await startByNpm(app, env);
    expect(await closed).toEqual([2, null]);
    expect(log()).toMatch(/^ {2}KAFKA_BROKERS: is missing, and so is DATA_DIR/m);
    expect(log()).toMatch(/^ {2}WEBHOOK_SECRETS_DIR: .* Set WEBHOOK_SECRET /m);
    expect(existsSync(join(app, 'data'))).toBe(false);
  });

  test('on one that does not set NODE_ENV is a start for development, on the given port', async () => {
    const { url, env } = await toPlatformEnv();
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
    const acknowledged = (
      await Promise.all(targets.map((to) => runUntilSigterm({ bootstrap, topic, to })))
    ).flat();
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
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Node 22\.22\.0 is too old: comapi-webhook needs Node 24\.11 or later\./);
});

const targets = ['the process group', 'npm alone'] as const;

interface PlatformRun {
  readonly bootstrap: string;
  readonly topic: string;
  readonly to: (typeof targets)[number];
}

/** With the variables of Heroku's add-on, but without its TLS. @returns the events that were answered with 200 */
async function runUntilSigterm({ bootstrap, topic, to }: PlatformRun): Promise<readonly string[]> {
  const { url, env } = await toPlatformEnv();
  const brokers = bootstrap.split(',').map((broker) => `kafka://${broker}`);
  const started = await startByNpm(app, {
    ...env,
    WEBHOOK_SECRET: testSecret,
    KAFKA_URL: brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: topic,
  });
  await whenLogged(started, '"msg":"listening"');

  const acknowledged: string[] = [];
  const stopping = new AbortController();
  const senders = Array.from({ length: 4 }, (_, n) => send(url, `${to} ${n}`, acknowledged, stopping.signal));
  await expect.poll(() => acknowledged.length).toBeGreaterThan(50);
  const signaledAt = performance.now();
  stopping.abort();
  process.kill(to === 'npm alone' ? started.pid : started.group, 'SIGTERM');
  expect(await started.closed).toEqual([0, null]);
  expect(performance.now() - signaledAt).toBeLessThan(30_000);
  expect(started.log()).toContain('"msg":"stopped"');
  expect(() => process.kill(started.group, 0)).toThrow('ESRCH');
  await Promise.all(senders);
  return acknowledged;
}

/** One event after the other, from the moment the port is open until there is no answer because the port is closed. */
async function send(url: string, name: string, acknowledged: string[], stopping: AbortSignal): Promise<void> {
  for (let n = 0; ; n += 1) {
    const event = `{"eventId":"${name} ${n}","payload":{"messageId":"${n % 7}"}}`;
    const { status } = await sendRaw(url, delivery(event));
    if (status === 200) {
      acknowledged.push(event);
    } else if (status === undefined) {
      expect(stopping.aborted).toBe(true);
      return;
    } else {
      expect(status).toBe(503);
    }
    await delay(10);
  }
}
