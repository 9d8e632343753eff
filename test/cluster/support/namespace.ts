import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import type { Manifest, Values } from '../../chart/support/render.ts';
import { runTool } from './run-tool.ts';

export type Namespace = ReturnType<typeof useNamespace>;

/** Creates a namespace that enforces the restricted pod security standard, for the tests of one file. */
export function useNamespace(purpose: string, helm = process.env.HELM ?? 'helm') {
  const name = `comapi-${purpose}-${randomBytes(3).toString('hex')}`;
  const kubectl = (...args: string[]) => runTool('kubectl', ['--namespace', name, ...args]);
  const apply = async (...manifests: Manifest[]) => {
    const list = { apiVersion: 'v1', kind: 'List', items: manifests };
    await runTool('kubectl', ['--namespace', name, 'apply', '-f', '-'], JSON.stringify(list));
  };

  beforeAll(async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  });
  afterAll(() => runTool('kubectl', ['delete', 'namespace', name, '--wait=false']));

  return {
    name,
    kubectl,
    apply,
    /**
     * Makes each kubelet synchronize its pods now. Without this, a changed Secret would reach a pod only after one or
     * two minutes.
     */
    async touchPods() {
      await kubectl('annotate', 'pods', '--all', '--overwrite', `touched-at=${Date.now()}`);
    },
    /** Gets an object or a list of objects from the API server. */
    async get(...args: string[]): Promise<Manifest> {
      return JSON.parse(await kubectl('get', ...args, '--output=json'));
    },
    /** Runs helm with a chart and values. By default, the chart is the chart of this project. */
    helm(command: string[], values?: Values, chart = chartDirectory) {
      const withChart = values === undefined ? [] : [chart, '--values', '-'];
      return runTool(helm, ['--namespace', name, ...command, ...withChart], values && JSON.stringify(values));
    },
  };
}
