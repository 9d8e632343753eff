import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = new URL('../..', import.meta.url).pathname;

/**
 * A disk is a server too: a call that waits for a directory which hangs must not hold up the whole process. So only code
 * that runs before a process serves, or in a command of a person, waits for a file or another process in place.
 */
const allowed = {
  'src/checks/check-configuration.ts': 'the command "check"',
  'src/checks/check-directory.ts': 'the command "check"',
  'src/commands/read-secret.ts': 'commands that take a secret from a file',
  'src/commands/spool-command.ts': 'the command "spool"',
  'src/commands/verify-command.ts': 'the command "verify"',
  'src/config/read-text-file.ts':
    'the configuration, before the start; credentials of a connection to a store, when it opens',
  'src/config/secret-source.ts': 'the configuration, before the start',
  'src/http/server/limit-connections.ts':
    'the limits of the process, which the kernel tells, before the start',
  'src/link-node.mjs': 'runs after "npm ci"',
  'src/provider/simulator/event-fates.ts': 'the command "send --simulate"',
  'src/store/journal-store.ts': 'commands that read a journal',
};

/** Names with which a module waits in place for a file or a process. */
function findWaiting(code: string): string[] {
  const imports = code.matchAll(/import ([^;]*?) from '(?:node:)?(?:fs|child_process)'/g);
  return [...imports].flatMap(([, what = '']) =>
    what.startsWith('{') ? (what.match(/\b\w+Sync\b/g) ?? []) : ['the whole module'],
  );
}

test.each([
  ["import { existsSync } from 'node:fs';", ['existsSync']],
  ["import { constants, statSync as s, type Stats } from 'fs';", ['statSync']],
  ["import {\n  execFileSync,\n} from 'node:child_process';", ['execFileSync']],
  ["import fs from 'node:fs';", ['the whole module']],
  ["import * as fs from 'node:fs';", ['the whole module']],
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
