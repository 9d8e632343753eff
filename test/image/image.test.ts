import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { readImageNodeOptions } from '../support/image-node-options.ts';
import { type Container, containerCommand, image, runContainer } from './container.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
const anyPorts = { HTTP_PORT: '0', MANAGEMENT_PORT: '0', SHUTDOWN_DELAY_MS: '0' };

describe('the image', () => {
  const [{ Config: config }] = JSON.parse(containerCommand('image', 'inspect', image));

  test('runs the receiver directly, as a numbered user, and is stopped by SIGTERM', () => {
    expect(config).toMatchObject({
      User: '10001:10001',
      Entrypoint: ['node', ...readImageNodeOptions(), '--', '/usr/local/bin/comapi-webhook'],
      Cmd: ['receive'],
      WorkingDir: '/app',
      StopSignal: expect.stringMatching(/^(SIGTERM|15)$/),
    });
    expect(config.Env).toEqual(
      expect.arrayContaining(['NODE_ENV=production', 'MALLOC_ARENA_MAX=1', 'MANAGEMENT_HOST=::']),
    );
  });

  test('says what it is', () => {
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'comapi-webhook-receiver',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.version': '0.0.0',
    });
  });

  test('has the program’s other commands', async () => {
    const { code, output } = await runContainer({ args: ['--version'] }).ended;
    expect({ code, output }).toEqual({ code: 0, output: `${packageJson.version} (built without COMMIT)` });
  });

  test('has no shell', async () => {
    const { code } = await runContainer({ entrypoint: '/bin/sh', args: ['-c', 'true'] }).ended;
    expect(code).not.toBe(0);
  });

  test('never runs unprotected: without a secret it says what to set, and ends', async () => {
    const { code, output } = await runContainer({ env: anyPorts }).ended;
    expect(code).toBe(2);
    expect(output).toMatch(/WEBHOOK_SECRETS_DIR: is missing/);
  });
});

describe('a container with a read-only root and no capabilities', () => {
  let container: Container;
  let url: string;
  let managementUrl: string;

  beforeAll(async () => {
    container = runContainer({ env: { ...anyPorts, WEBHOOK_SECRET: secret, DATA_DIR: '/data' } });
    ({ url, managementUrl } = JSON.parse(await container.line((line) => line.includes('"listening"'))));
    await container.line((line) => line.includes('the store accepts records'));
  });
  afterAll(() => container.process.kill('SIGKILL'));

  test('is what it looks like from inside', () => {
    const look = `const { readFileSync, writeFileSync } = require('node:fs');
      const status = readFileSync('/proc/self/status', 'utf8');
      let rootError; try { writeFileSync('/app/x', '') } catch (error) { rootError = error.code }
      console.log(JSON.stringify({ uid: process.getuid(), capabilities: /CapEff:\\s*(\\S+)/.exec(status)[1], rootError }))`;
    expect(JSON.parse(containerCommand('exec', container.name, 'node', '-e', look))).toEqual({
      uid: 10001,
      capabilities: '0000000000000000',
      rootError: 'EROFS',
    });
  });

  test('has the program on its PATH, with the engine’s options', () => {
    const inside = (...args: string[]) => containerCommand('exec', container.name, ...args);
    expect(inside('comapi-webhook', '--version').trim()).toBe(
      `${packageJson.version} (built without COMMIT)`,
    );
    const receiver = inside('node', '-p', 'require("node:fs").readFileSync("/proc/1/cmdline", "utf8")');
    expect(receiver.trim().split('\0').filter(Boolean)).toEqual([
      'node',
      ...readImageNodeOptions(),
      '--',
      '/usr/local/bin/comapi-webhook',
      'receive',
    ]);
  });

  test('stores a signed event and refuses one that is not', async () => {
    const body = Buffer.from(JSON.stringify(createSampleEvent({ name: 'message.delivered' })));
    const post = (signature: string) =>
      fetch(`${url}/webhook`, { method: 'POST', body, headers: { 'x-comapi-signature': signature } });
    expect((await post(signBody(body, secret))).status).toBe(200);
    expect((await post(signBody(body, `${secret}-other`))).status).toBe(401);
    const metrics = await (await fetch(`${managementUrl}/metrics`)).text();
    expect(metrics).toContain('comapi_webhook_events_total{webhook="default",outcome="stored"} 1');
  });

  test('ends with 0 on SIGTERM', async () => {
    containerCommand('kill', '--signal=TERM', container.name);
    expect((await container.ended).code).toBe(0);
  });
});
