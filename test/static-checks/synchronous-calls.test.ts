import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = new URL('../..', import.meta.url).pathname;

/**
 * A disk can hang like a server, and a synchronous call on it would block the whole process. So only code that runs
 * before a process serves, or in a command, may wait synchronously for a file or another process.
 */
const allowed = {
  'src/commands/check-configuration.ts': 'the command "check"',
  'src/commands/read-secret.ts': 'commands that take a secret from a file',
  'src/commands/verify-command.ts': 'the command "verify"',
  'src/config/check-certificates.ts': 'the command "check"; a serving process gives it what it has read',
  'src/config/credential.ts': 'the configuration, before the start',
  'src/config/read-text-file.ts': 'the configuration, before the start',
  'src/config/secret-source.ts': 'the configuration, before the start',
  'src/config/webhook-config.ts': 'the configuration, before the start',
  'src/http/server/create-web-server.ts': 'the first certificate, before the server listens',
  'src/http/server/open-files.ts': 'the limits of the process, which the kernel tells, before the start',
  'src/link-node.mjs': 'runs after "npm ci"',
  'src/observe/status/status-routes.ts': 'the status page, before the server listens',
  'src/stores/journal/journal-store.ts': 'commands that read a journal',
  'src/stores/rabbitmq/rabbitmq-access.ts': 'says to people where the URL leads, in the command "check"',
  'src/stores/redis/redis-access.ts': 'says to people where the URL leads, before the start',
  'src/tools/provider/simulator/simulation-report.ts': 'the command "simulate"',
};

/** Functions of this project that wait synchronously. Each function has an asynchronous variant. */
const ownWaiting = /\b(?:readTextFile|readPem|readCredential|readSecrets)\b/g;

/** Names of functions that wait synchronously for a file or a process. */
function findWaiting(code: string): string[] {
  const imports = code.matchAll(/import ([^;]*?) from '(?:node:)?(?:fs|child_process)'/g);
  const own = code.matchAll(
    /import ({[^;]*?}) from '[^']*\/(?:read-text-file|credential|secret-source)\.ts'/g,
  );
  return [
    ...[...imports].flatMap(([, what = '']) =>
      what.startsWith('{') ? (what.match(/\b\w+Sync\b/g) ?? []) : ['the whole module'],
    ),
    ...[...own].flatMap(([, what = '']) => what.match(ownWaiting) ?? []),
  ];
}

test.each([
  ["import { existsSync } from 'node:fs';", ['existsSync']],
  ["import { constants, statSync as s, type Stats } from 'fs';", ['statSync']],
  ["import {\n  execFileSync,\n} from 'node:child_process';", ['execFileSync']],
  ["import fs from 'node:fs';", ['the whole module']],
  ["import * as fs from 'node:fs';", ['the whole module']],
  ["import { type Pem, readPem, rereadPem } from '../../config/read-text-file.ts';", ['readPem']],
  ["import { rereadCredential } from '../config/credential.ts';", []],
  ["import { open } from 'node:fs/promises';\nimport { gzipSync } from 'node:zlib';", []],
])('finds in %j what waits in place', (code, found) => {
  expect(findWaiting(code)).toEqual(found);
});

test('nothing that runs while a process serves waits in place for a file', () => {
  const waiting = globSync('src/**/*.{ts,mjs}', { cwd: project }).filter(
    (path) => findWaiting(readFileSync(join(project, path), 'utf8')).length > 0,
  );
  expect(waiting.toSorted()).toEqual(Object.keys(allowed));
});
