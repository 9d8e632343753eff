import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { extractTexts } from './extract-texts.ts';

const here = (name: string) => new URL(name, import.meta.url).pathname;

test('every pattern of the glossary rejects its example', async () => {
  const { patterns } = JSON.parse(readFileSync(here('glossary.textlintrc.json'), 'utf8')).rules[
    '@textlint-rule/pattern'
  ];
  const examples = readFileSync(here('rejected.md'), 'utf8').trimEnd().split('\n');
  const problems = await lint('glossary.textlintrc.json', 'rejected.md');
  expect(problems.map(({ line }) => line)).toEqual(examples.map((_, index) => index + 1));
  expect(problems.map(({ message }) => message)).toEqual(
    patterns.map(({ message }: { message: string }) => message),
  );
});

test('a sentence of more than 30 words is rejected', async () => {
  expect(await lint('sentences.textlintrc.json', 'long-sentence.md')).toMatchObject([{ line: 1 }]);
  expect(await lint('sentences.textlintrc.json', 'rejected.md')).toEqual([]);
});

test('texts of each kind are found in the files that contain them', () => {
  const source = [
    '/**',
    ' * Reads the body of a request, and limits its size.',
    ' */',
    'export function readBody(): void {',
    '  // A proxy may send the rest',
    '  // after the answer was sent.',
    "  throw new Error('The body is larger than the limit.'.replace(/'/g, ''));",
    '}',
  ].join('\n');
  expect(extractTexts('src/read-body.ts', source).map(({ kind, text }) => [kind, text])).toEqual([
    ['comment', 'Reads the body of a request, and limits its size.'],
    ['comment', 'A proxy may send the rest after the answer was sent.'],
    ['message', 'The body is larger than the limit.'],
    ['identifier', 'read-body.ts'],
    ['identifier', 'readBody'],
  ]);
  const page =
    '# The title of this page\n\nOne sentence with `a. B` and [a link](../b. md) is here. Another\none follows it.\n\n1. A step of\n\n   ```sh\n   npm run the tests now\n   ```\n\n   | a row | with several words of a table |\n';
  expect(extractTexts('page.md', page).map(({ text }) => text)).toEqual([
    'One sentence with `a. B` and [a link](../b. md) is here.',
    'Another one follows it.',
  ]);
  const rules =
    '- alert: A\n  annotations:\n    summary: The store is unavailable for 1 % of\n    description: >-\n      Deliveries get 503.\n      Check it.\n';
  expect(extractTexts('rules.yaml', rules).map(({ text }) => text)).toEqual([
    'The store is unavailable for 1 % of',
    'Deliveries get 503. Check it.',
  ]);
});

interface Problem {
  readonly line: number;
  readonly message: string;
}

/** Runs the linter as `npm run check:prose` does. */
function lint(config: string, file: string): Promise<Problem[]> {
  return new Promise((resolve, reject) => {
    const program = new URL('../../node_modules/textlint/bin/textlint.js', import.meta.url).pathname;
    const args = [program, '--config', here(config), '--format', 'json', here(file)];
    execFile(process.execPath, args, (error, output) => {
      if (output === '') {
        reject(error ?? new Error('The linter printed nothing.'));
      } else {
        resolve(JSON.parse(output).flatMap(({ messages }: { messages: Problem[] }) => messages));
      }
    });
  });
}
