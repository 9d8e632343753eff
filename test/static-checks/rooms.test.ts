import { describe, expect, test } from 'vitest';
import { readImports } from './read-imports.ts';
import { findBreaches, readRooms } from './rooms.ts';

const page = `# Page

| \`not/\` | a table before it |

## Rooms

| room | what it is | may import | packages |
| --- | --- | --- | --- |
| \`start.ts\`, \`commands/\` | what \`a person\` types | \`http/\` \`core/clock.ts\` | |
| \`http/\` | | \`http/server/\` | \`koa\` |
| \`http/server/\` | | | \`koa\` \`@koa/router\` |
| \`core/\` | | | |

## Next

| \`not/\` | a table after it |
`;

/** Creates a set of files with every import that the table allows. */
const right = {
  'src/start.ts': "import './commands/run.ts';",
  'src/commands/run.ts': "import '../http/app.ts';\nimport { now } from '../core/clock.ts';",
  'src/http/app.ts': "import './server/listen.ts';\nimport Koa from 'koa';",
  'src/http/server/listen.ts': "import 'node:net';\nimport 'koa/lib/context.js';\nimport '@koa/router';",
  'src/core/clock.ts': "import './other.ts';",
};

function breachesWith(changed: Readonly<Record<string, string>>) {
  const files = Object.entries({ ...right, ...changed }).map(([path, text]) => ({ path, text }));
  return findBreaches(readRooms(page), files);
}

test.each([
  ["import { a } from './a.ts';", 'room/a.ts'],
  ["import './a.ts';", 'room/a.ts'],
  ["import type { A } from '../a.ts';", 'a.ts'],
  ["import { type A } from '../../package.json';", 'package.json'],
  ["export * from './a.ts';", 'room/a.ts'],
  ["export type { A } from './a.ts';", 'room/a.ts'],
  ["const a = await import('./a.ts');", 'room/a.ts'],
  ['const a = await import(`./a.ts`);', 'room/a.ts'],
  ["type A = import('./a.ts').A;", 'room/a.ts'],
  ["const a = require('./a.ts');", 'room/a.ts'],
  ["import a = require('./a.ts');", 'room/a.ts'],
  ["declare module 'b' {\n  import type { A } from 'a';\n}", 'npm:a'],
  ["import { a } from '@a/b/c.js';", 'npm:@a/b/c.js'],
  ['const a = await import(name + suffix);', 'npm:name + suffix'],
])('reads what is imported by %s', (code, name) => {
  expect(readImports('src/room/file.ts', code)).toEqual([name]);
});

test('takes an export of its own, a comment and a string for no import', () => {
  const code = "// import 'a';\nexport const text = \"import 'b'\";\nexport { text as other };\n";
  expect(readImports('src/room/file.ts', code)).toEqual([]);
});

describe('the table of rooms', () => {
  test('allows what its rows list', () => {
    expect(breachesWith({})).toEqual([]);
  });

  test.each([
    ['a room that is not listed', { 'src/core/other.ts': "import '../http/app.ts';" }, 'http/app.ts'],
    ['another file than the one listed', { 'src/commands/b.ts': "import '../core/b.ts';" }, 'core/b.ts'],
    ['the room that it is inside of', { 'src/http/server/b.ts': "import '../app.ts';" }, 'http/app.ts'],
    ['a package that is not listed', { 'src/http/b.ts': "import '@koa/router';" }, 'npm:@koa/router'],
    ['a package whose name goes on', { 'src/http/b.ts': "import 'koa-body';" }, 'npm:koa-body'],
    ['what is outside of src', { 'src/core/b.ts': "import '../../test/a.ts';" }, 'test/a.ts'],
  ])('refuses %s', (_, changed, name) => {
    expect(breachesWith(changed)).toEqual([`${Object.keys(changed)[0]} may not import ${name}`]);
  });

  test('refuses a listed room that stands above', () => {
    const upward = readRooms(page.replace('| `core/` | | |', '| `core/` | | `http/` |'));
    const files = Object.entries(right).map(([path, text]) => ({ path, text }));
    const file = { path: 'src/core/b.ts', text: "import '../http/app.ts';" };
    expect(findBreaches(upward, [...files, file])).toEqual([
      'src/core/b.ts imports http/app.ts, a room above it',
    ]);
  });

  test('refuses a file in no room', () => {
    expect(breachesWith({ 'src/other/a.ts': '' })).toEqual(['src/other/a.ts is in no room']);
  });

  test('refuses an entry that nothing uses', () => {
    expect(breachesWith({ 'src/http/server/listen.ts': "import 'koa';" })).toEqual([
      'http/server/ may import npm:@koa/router, and does not: take it out of the table',
    ]);
  });
});
