import { expect, test } from 'vitest';
import { readManagementConfig } from '../../src/config/management-config.ts';

test.each([
  [{}, { host: '::', port: 9090 }],
  [{ HTTP_HOST: '10.0.0.1' }, { host: '10.0.0.1', port: 9090 }],
  [
    { HTTP_HOST: '10.0.0.1', MANAGEMENT_HOST: '127.0.0.1', MANAGEMENT_PORT: '0' },
    { host: '127.0.0.1', port: 0 },
  ],
])('%j gives %j', (env, config) => {
  expect(readManagementConfig(env, [])).toEqual(config);
});
