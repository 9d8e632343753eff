import { spawnSync } from 'node:child_process';
import { describe, expect, inject, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { allOptions } from './support/all-options.ts';
import { helmMajors } from './support/find-helm.ts';
import { kubeVersion, minimalValues, render } from './support/render.ts';

const valueSets = { 'the least values': minimalValues, 'every option': allOptions };

describe.each(Object.entries(valueSets))('with %s', (_, values) => {
  test.each(helmMajors)('helm lint --strict of Helm %i has nothing to say', (major) => {
    const args = [
      'lint',
      '--strict',
      '--quiet',
      chartDirectory,
      '--values',
      '-',
      '--kube-version',
      kubeVersion,
    ];
    const { status, stdout, stderr } = spawnSync(inject('helm')[major], args, {
      input: JSON.stringify(values),
      encoding: 'utf8',
    });
    expect({ status, said: `${stdout}${stderr}`.trim() }).toEqual({ status: 0, said: '' });
  });

  test('both Helm versions render the same objects', () => {
    const newer = render(values, { major: 4 });
    expect(newer.length).toBeGreaterThan(5);
    expect(byName(render(values, { major: 3 }))).toEqual(byName(newer));
  });
});

function byName(manifests: ReturnType<typeof render>) {
  return Object.fromEntries(
    manifests.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]),
  );
}
