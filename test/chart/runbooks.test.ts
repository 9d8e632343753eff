import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/commands/create-program.ts';
import { minimalValues, ofKind, render } from './support/render.ts';

const directory = new URL('../../docs/runbooks/', import.meta.url).pathname;
const program = await createProgram({
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  exit: () => {},
  signals: process,
});
/** As it is called in the container, and from a checkout. */
const calls = /(?:-- comapi-webhook|npx comapi-webhook) ([a-z]+)([^`\n]*)/g;

describe.each(readdirSync(directory))('%s', (file) => {
  const text = readFileSync(join(directory, file), 'utf8');

  test('calls only commands and options that there are', () => {
    for (const [call, name, rest = ''] of text.matchAll(calls)) {
      const command = program.commands.find((each) => each.name() === name);
      expect(command, call).toBeDefined();
      const known = command?.options.map(({ long }) => long) ?? [];
      const used = [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      expect(known, call).toEqual(expect.arrayContaining(used));
    }
  });

  test('says where each command runs: in a container, or in a checkout', () => {
    const names = program.commands.map((command) => command.name()).join('|');
    expect(text.match(new RegExp(`(?<!npx |-- )comapi-webhook (${names})\\b`, 'g')) ?? []).toEqual([]);
  });

  test('changes the number of pods by the value, as Helm 4 refuses upgrades once kubectl owns it', () => {
    expect(text).not.toMatch(/kubectl[^`]*\sscale\s/);
  });

  test('says in which namespace, and names what the chart makes', () => {
    const unplaced = [...text.matchAll(/\b(?:kubectl|helm) (?!-n NAMESPACE|install)[^`\n]*/g)].map(
      ([call]) => call,
    );
    expect(unplaced).toEqual([]);
    const deployments = ofKind(render(minimalValues), 'Deployment');
    for (const [, name] of text.matchAll(/deploy\/([A-Za-z-]+)/g)) {
      expect(deployments.map(({ metadata }) => metadata.name)).toContain(name?.replace('RELEASE', 'events'));
    }
  });
});
