import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { helmMajors } from './support/find-helm.ts';
import { kubeVersion, minimalValues, podSpecsOf, refusal, render, type Values } from './support/render.ts';

const name = 'comapi-webhook-receiver';

describe.each(helmMajors)('as a dependency, Helm %i', (major) => {
  const template = (values: Values) => {
    const parent = createParent();
    const args = ['template', 'shop', parent, '--kube-version', kubeVersion, '--values', '-'];
    const input = JSON.stringify(values);
    return spawnSync(inject('helm')[major], args, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  };

  test('takes the condition, anchors and the globals of the parent', () => {
    const { status, stdout, stderr } = template({
      global: {
        imageRegistry: 'mirror.example:5000',
        imagePullSecrets: ['registry'],
        storageClass: 'of-another-chart',
      },
      'x-anchors': { any: ['thing'] },
      [name]: { ...minimalValues, enabled: true, 'x-own': { any: 'thing' } },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('image: mirror.example:5000/comapi-webhook-receiver:');
    expect(stdout).toMatch(/imagePullSecrets:\n +- name: registry\n/);
  });

  test('is omitted if the condition is false, for any values', () => {
    const { status, stdout } = template({ [name]: { enabled: false } });
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: '' });
  });
});

test('without a parent enabled=false installs nothing, and says why', () => {
  expect(refusal({ ...minimalValues, enabled: false })).toContain(
    'enabled is false: only a parent chart can disable this chart',
  );
});

test('credentials of the registry are those of the globals and its own, each once', () => {
  const values = {
    ...minimalValues,
    global: { imagePullSecrets: ['a', { name: 'b' }] },
    imagePullSecrets: [{ name: 'b' }, { name: 'c' }],
    topics: { create: true },
  };
  const pods = podSpecsOf(render(values));
  expect(pods).toHaveLength(3);
  for (const { imagePullSecrets } of pods) {
    expect(imagePullSecrets).toEqual([{ name: 'b' }, { name: 'c' }, { name: 'a' }]);
  }
});

/** A parent chart that has this chart as a dependency with a standard condition. */
function createParent(): string {
  const parent = temporaryDirectory();
  mkdirSync(join(parent, 'charts'));
  cpSync(chartDirectory, join(parent, 'charts', name), { recursive: true });
  const dependency = { name, version: '*', repository: '', condition: `${name}.enabled` };
  const chart = { apiVersion: 'v2', name: 'shop', version: '1.0.0', dependencies: [dependency] };
  // Helm accepts JSON, because JSON is valid YAML.
  writeFileSync(join(parent, 'Chart.yaml'), JSON.stringify(chart));
  return parent;
}
