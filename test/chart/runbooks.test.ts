import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/commands/create-program.ts';
import { readRunbooks } from '../support/runbook-commands.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import { type Manifest, minimalValues, ofKind, render } from './support/render.ts';

const runbooks = readRunbooks();
const jq = await provideTool('jq');
const program = await createProgram({
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  exit: () => {},
  signals: process,
});
/** As it is called in the container, and from a checkout. */
const calls = /(?:-- comapi-webhook|npx --no-install comapi-webhook) ([a-z]+)([^`\n]*)/g;

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
    expect(
      text.match(new RegExp(`(?<!npx --no-install |-- )comapi-webhook (${names})\\b`, 'g')) ?? [],
    ).toEqual([]);
  });

  test('changes the number of pods by the value, as Helm 4 refuses upgrades once kubectl owns it', () => {
    expect(text).not.toMatch(/kubectl[^`]*\sscale\s/);
  });

  test('says in which namespace', () => {
    const unplaced = [...text.matchAll(/\b(?:kubectl|helm) (?!-n NAMESPACE|install)[^`\n]*/g)].map(
      ([call]) => call,
    );
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

describe.each([
  ['a Deployment', minimalValues],
  ['a StatefulSet', { ...minimalValues, spool: { enabled: true } }],
])('the job that replays, made from %s', (_kind, values) => {
  const pods = [...ofKind(render(values), 'Deployment'), ...ofKind(render(values), 'StatefulSet')];
  const recipe = runbooks.flatMap(({ commands }) => commands).find((command) => command.includes('batch/v1'));
  const [, filter = ''] = /jq '(.+?)' \|/s.exec(recipe ?? '') ?? [];
  const job: Manifest = JSON.parse(
    execFileSync(jq, [filter], { input: JSON.stringify({ items: pods }), encoding: 'utf8' }),
  );
  const { containers, volumes } = job.spec.template.spec;

  test('has every volume that its container mounts', () => {
    const mounted = containers[0].volumeMounts.map(({ name }: Manifest) => name);
    expect(mounted.length).toBeGreaterThan(0);
    expect(volumes.map(({ name }: Manifest) => name)).toEqual(expect.arrayContaining(mounted));
  });

  test('runs the command once, and is no receiver to anybody', () => {
    expect(containers[0]).toMatchObject({ args: ['replay', '--reason', 'no_key'] });
    expect(containers[0].readinessProbe).toBeUndefined();
    expect(job.spec.template.metadata).toEqual({ labels: { job: 'replay' } });
  });
});
