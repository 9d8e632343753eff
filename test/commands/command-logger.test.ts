import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createCommandLogger } from '../../src/commands/command-logger.ts';

test.each([
  [{}, 'silent'],
  [{ LOG_LEVEL: 'WARN' }, 'warn'],
  [{ LOG_LEVEL: 'loud' }, 'silent'],
])('%j logs at the level %s', (env, level) => {
  expect(createCommandLogger({ env, stderr: new PassThrough() }).level).toBe(level);
});
