import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/commands/create-program.ts';
import { readRunbooks } from '../support/runbook-commands.ts';

const runbooks = readRunbooks();
const program = await createProgram({
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  exit: () => {},
  signals: process,
});
/** Matches calls of the program in a container (`-- comapi-webhook`) and in a checkout (`./comapi-webhook`). */
const calls = /(?:-- |\.\/)comapi-webhook ([a-z]+)([^`\n]*)/g;

describe.each(runbooks)('$file', ({ file, text }) => {
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
    expect(text.match(new RegExp(`(?<!\\./|-- )comapi-webhook (${names})\\b`, 'g')) ?? []).toEqual([]);
  });

  test('changes the number of pods by the value, as Helm 4 refuses upgrades once kubectl owns it', () => {
    expect(text).not.toMatch(/kubectl[^`]*\sscale\s/);
  });

  test('says in which namespace', () => {
    const unplaced = [
      ...text.matchAll(
        /\b(?:kubectl|helm) (?!-n (?:OTHER_)?NAMESPACE|get ingress --all-namespaces|install)[^`\n]*/g,
      ),
    ].map(([call]) => call);
    expect(unplaced).toEqual([]);
  });

  test('takes receivers by their labels, as they are a Deployment or a StatefulSet', () => {
    expect(text).not.toMatch(/\b(deploy|deployment|sts|statefulset)(\/| RELEASE)/);
  });

  test('leads those who have no cluster to what its commands are there', () => {
    const isLed =
      file === 'README.md' || !text.includes('kubectl') || text.includes('(README.md#outside-kubernetes)');
    expect(isLed).toBe(true);
  });
});
