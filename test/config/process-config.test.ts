import { expect, test } from 'vitest';
import { checkManagementPort, readManagementConfig } from '../../src/config/process-config.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

test.each([
  [{}, { host: '127.0.0.1', port: 9090 }],
  [
    { NODE_ENV: 'production', HTTP_HOST: '::' },
    { host: '127.0.0.1', port: 9090 },
  ],
  [{ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, { host: '::', port: 9090 }],
  [
    { MANAGEMENT_HOST: '10.0.0.1', MANAGEMENT_PORT: '0' },
    { host: '10.0.0.1', port: 0 },
  ],
])('%j gives %j', (env, config) => {
  expect(readManagementConfig(env, 9090, [])).toEqual(config);
});

test.each([
  ['the same address', '10.0.0.1', '10.0.0.1', 9090, true],
  ['every address beside one', '::', '127.0.0.1', 9090, true],
  ['one address beside every', '127.0.0.1', '0.0.0.0', 9090, true],
  ['two addresses', '127.0.0.1', '10.0.0.1', 9090, false],
  ['any free port', '::', '::', 0, false],
])(
  'one port for both servers is a problem where they would meet: %s',
  (_what, host, publicHost, port, isFault) => {
    const problems: ConfigProblem[] = [];
    checkManagementPort({ host, port }, { host: publicHost, port }, problems);
    expect(problems.map(({ variable }) => variable)).toEqual(isFault ? ['MANAGEMENT_PORT'] : []);
    checkManagementPort({ host, port }, { host: publicHost, port: 8080 }, problems);
    expect(problems).toHaveLength(isFault ? 1 : 0);
  },
);
