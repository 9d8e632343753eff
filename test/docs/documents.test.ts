import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { herokuKafkaVariables } from '../../src/config/kafka-tls-config.ts';
import { knownVariables } from '../../src/config/unused-variables.ts';
import { oddRequests } from '../support/odd-requests.ts';

const root = new URL('../..', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trimEnd()
  .split('\n');
const documents = files.filter((file) => file.endsWith('.md'));

function linksOf(document: string): { target: string; anchor: string }[] {
  const links = read(document).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g);
  return [...links].map(([, target = '', anchor = '']) => ({ target, anchor }));
}

/** Converts headings to anchors as GitHub does. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documents', () => {
  test.each(documents)('%s links to files that exist', (document) => {
    const missing = linksOf(document).filter(
      ({ target }) => target !== '' && !existsSync(join(root, dirname(document), target)),
    );
    expect(missing).toEqual([]);
  });

  test.each(documents)('%s links to headings that exist', (document) => {
    const missing = linksOf(document)
      .filter(({ target, anchor }) => anchor !== '' && (target === '' || target.endsWith('.md')))
      .filter(({ target, anchor }) => {
        const linked = target === '' ? document : join(dirname(document), target);
        return existsSync(join(root, linked)) && !anchorsOf(read(linked)).includes(anchor);
      });
    expect(missing).toEqual([]);
  });

  test.each(documents)('%s names files that exist', (document) => {
    const named = [...read(document).matchAll(/`([\w./-]+\.(?:ts|mjs|yaml|yml))`/g)].map(
      ([, file]) => `/${file}`,
    );
    expect(named.filter((file) => !files.some((each) => `/${each}`.endsWith(file)))).toEqual([]);
  });

  test('describe every variable that the configuration reads', () => {
    const described =
      read('docs/configuration.md') + read('docs/revision-filter.md') + read('docs/commands.md');
    const exceptions = ['NODE_ENV', ...herokuKafkaVariables, 'CLOUDAMQP_URL'];
    expect(
      [...knownVariables].filter((name) => !described.includes(`\`${name}\``) && !exceptions.includes(name)),
    ).toEqual([]);
  });

  test('say of everything that node:http answers by itself what it gets', () => {
    const [, table = ''] = read('docs/security.md').split('\n## Answers to unusual requests\n');
    const rows = table.split('\n## ')[0]?.match(/^\| .+ \|$/gm) ?? [];
    const described = rows.slice(2).flatMap((row) => row.slice(2).split(' |')[0]?.split(', '));
    expect(new Set(described)).toEqual(new Set(oddRequests.map(({ name }) => name)));
  });

  test('describe every folder of tests', () => {
    const folders = readdirSync(join(root, 'test'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const described = read('docs/testing.md');
    expect(folders.map(({ name }) => name).filter((name) => !described.includes(`\`${name}\``))).toEqual([]);
  });

  test('name every command of the program', () => {
    const program = read('src/commands/create-program.ts');
    const commands = [...program.matchAll(/\.create(\w+)Command/g)].map(([, name]) =>
      (name ?? '').toLowerCase(),
    );
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      expect(read('README.md')).toContain(`[\`${command}\`](docs/commands.md#${command})`);
    }
  });
});
