import { beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { install, startReceiver, toEvent } from './installation.ts';
import { buildKfake } from './start-kfake.ts';

beforeAll(async () => {
  await buildKfake();
});

describe('the commands', () => {
  test('check finds nothing, but says so when settings are not reported', async () => {
    const { env, brokers } = await install();
    expect(await runCommand(['check'], env)).toMatchObject({ code: 0 });
    await brokers.tell('hide');
    const { stdout } = await runCommand(['check'], env);
    expect(stdout).toContain('min.insync.replicas');
    const { post } = await startReceiver(env);
    expect((await post(toEvent('hidden'))).status).toBe(200);
  });
});
