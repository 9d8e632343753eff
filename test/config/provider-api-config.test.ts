import { expect, test } from 'vitest';
import { loadProviderApiConfig } from '../../src/config/provider-api-config.ts';

const login = { COMAPI_API_USERNAME: 'u', COMAPI_API_PASSWORD: 'p' };

test.each([
  [{}, 'https://r1-api.dotdigital.com'],
  [{ COMAPI_API_REGION: 'R2' }, 'https://r2-api.dotdigital.com'],
  [{ COMAPI_API_URL: 'https://api.example.com//' }, 'https://api.example.com'],
  [{ COMAPI_API_URL: 'http://127.0.0.1:1/a' }, 'http://127.0.0.1:1/a'],
] as const)('%j calls %s', (env, baseUrl) => {
  expect(loadProviderApiConfig({ ...login, ...env })).toMatchObject({
    baseUrl,
    username: 'u',
    password: 'p',
  });
});

test.each([
  [{ COMAPI_API_USERNAME: '' }, 'COMAPI_API_USERNAME: is missing: set it to the name of the API user'],
  [{ COMAPI_API_USERNAME: 'a\u0000b' }, 'COMAPI_API_USERNAME: contains a control character'],
  [{ COMAPI_API_PASSWORD: '' }, 'COMAPI_API_PASSWORD: set either this variable or COMAPI_API_PASSWORD_FILE'],
  [
    { COMAPI_API_PASSWORD: '', COMAPI_API_PASSWORD_FILE: '/nowhere' },
    'COMAPI_API_PASSWORD_FILE: the file /nowhere cannot be read',
  ],
  [
    { COMAPI_API_PASSWORD_FILE: '/nowhere' },
    'COMAPI_API_PASSWORD: set either this variable or COMAPI_API_PASSWORD_FILE',
  ],
  [{ COMAPI_API_URL: 'http://api.example.com' }, 'COMAPI_API_URL: is not an https:// URL'],
  [{ COMAPI_API_REGION: 'r9' }, 'COMAPI_API_REGION: "r9" is not one of r1, r2, r3'],
])('refuses %j', (env, message) => {
  expect(() => loadProviderApiConfig({ ...login, ...env })).toThrow(message);
});
