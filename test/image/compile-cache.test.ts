import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runContainer } from './container.ts';

/** Node prints on standard output whether it uses compiled code from the cache. */
const told = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };

test('the receiver takes the compiled code of every file that it loads from the image', async () => {
  const env = { HTTP_PORT: '0', MANAGEMENT_PORT: '0', SHUTDOWN_DELAY_MS: '0', DATA_DIR: '/data' };
  const container = runContainer({ env: { ...told, ...env, WEBHOOK_SECRET: 'of-no-account-here' } });
  await container.line((line) => line.includes('the store accepts records'));
  container.process.kill('SIGTERM');
  const { output } = await container.ended;
  const files = [...output.matchAll(/V8 code cache for \w+ \/app\/dist\/(\S+) was (\w+)/g)];
  expect(files.map(([, file]) => file)).toEqual(expect.arrayContaining(['cli.cjs', 'receiver.cjs']));
  expect(new Set(files.map(([, , verdict]) => verdict))).toEqual(new Set(['accepted']));
});

test('another user, for whom there is none, has the same program', async () => {
  const { code, output } = await runContainer({ user: '20002', args: ['--version'] }).ended;
  expect({ code, output }).toEqual({ code: 0, output: `${packageJson.version} (built without COMMIT)` });
});
