import { expect, test } from 'vitest';
import { ConfigError } from '../../src/runtime/config-error.ts';

test('names every variable and its problem', () => {
  const error = new ConfigError([
    { variable: 'HTTP_PORT', message: 'is not a port' },
    { variable: 'DATA_DIR', message: 'is not a directory' },
  ]);
  expect(error.message.split('\n')).toEqual([
    expect.stringContaining('2 problem'),
    '  HTTP_PORT: is not a port',
    '  DATA_DIR: is not a directory',
  ]);
});
