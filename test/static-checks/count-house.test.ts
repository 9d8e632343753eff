import { expect, test } from 'vitest';
import { countHouse, type House } from './count-house.ts';

const lines = (count: number) => 'x();\n'.repeat(count);

const house: House = {
  source: [
    { path: 'src/cli.ts', text: "import './room/a.ts';\nimport './room/b.ts';\n" },
    { path: 'src/room/a.ts', text: `import './b.ts';\nimport type { B } from './b.ts';\n${lines(38)}` },
    { path: 'src/room/b.ts', text: `const metric = createMetricFactory(registry);\n${lines(99)}` },
  ],
  pages: [{ path: 'docs/page.md', text: '# Of two\n\nwords or `more`\n' }],
  rooms: [
    { paths: ['cli.ts'], mayImport: ['room/', 'npm:koa'] },
    { paths: ['room/'], mayImport: [] },
  ],
};

const count = (changed: Partial<House> = {}) => Object.fromEntries(countHouse({ ...house, ...changed }));

test('counts files, lines, importers, rules, metrics and words', () => {
  expect(count()).toEqual({
    'files of src': '3',
    'lines of src': '142',
    'lines of a file, median and most': '40, 100',
    'files under 40 lines': '1',
    'files with one importer': '1',
    'folders with more than 15 files': '0',
    'rules of direction: rooms, and what they may import': '2, 2',
    'files that declare metrics': '1',
    'words of docs': '6',
  });
});

test('counts a folder from its sixteenth file on', () => {
  const filesOf = (length: number) =>
    Array.from({ length }, (_, index) => ({ path: `src/room/${index}.ts`, text: '' }));
  expect(count({ source: filesOf(15) })).toMatchObject({ 'folders with more than 15 files': '0' });
  expect(count({ source: filesOf(16) })).toMatchObject({ 'folders with more than 15 files': '1' });
});
