import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import type { HelmMajor } from './find-helm.ts';

/**
 * A Kubernetes object or Helm values of any shape. A missing member then fails an assertion and not the compilation.
 */
// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no static type
export type Manifest = any; // oxlint-disable-line typescript/no-explicit-any
export type Values = Record<string, Manifest>;

/** Minimal values that the chart accepts. */
export const minimalValues: Values = {
  webhooks: [{ existingSecret: 'signing' }],
  kafka: { brokers: ['kafka:9092'] },
};

/**
 * Kubernetes version to render for. Without it, each Helm version assumes a different Kubernetes version. Some of these
 * are too old for the chart.
 */
export const kubeVersion = '1.34.0';

export interface RenderOptions {
  readonly major?: HelmMajor;
  readonly release?: string;
  /** Arguments of the `--set` option. */
  readonly set?: string;
  /** API version that the cluster supports. */
  readonly api?: string;
}

/** Renders the chart with `helm template` and returns its objects. */
export function render(values: Values, options: RenderOptions = {}): Manifest[] {
  const { status, stdout, stderr } = template(values, options);
  if (status !== 0) {
    throw new Error(`helm template failed: ${stderr}`);
  }
  return parseAllDocuments(stdout)
    .map((document): Manifest => document.toJS())
    .filter((manifest) => manifest !== null);
}

/** Renders invalid values and returns Helm's error message. */
export function refusal(values: Values, options: RenderOptions = {}): string {
  const { status, stderr } = template(values, options);
  if (status === 0) {
    throw new Error('helm accepted the values');
  }
  return stderr;
}

/**
 * Renders NOTES.txt, which Helm prints after an installation. Uses Helm 4, because Helm 3 needs a cluster to render it.
 */
export function notes(values: Values): string {
  const args = ['install', 'events', chartDirectory, '--namespace', 'messaging', '--values', '-'];
  const { status, stdout, stderr } = spawnSync(inject('helm')[4], [...args, '--dry-run=client'], {
    input: JSON.stringify(values),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const at = stdout.indexOf('\nNOTES:\n');
  if (status !== 0 || at < 0) {
    throw new Error(`helm install failed: ${stderr}`);
  }
  return stdout.slice(at);
}

/** Returns the only object of a kind. If there are several, the component or another criterion selects one. */
export function pick(
  manifests: readonly Manifest[],
  kind: string,
  component?: string,
  isWanted: (manifest: Manifest) => boolean = () => true,
): Manifest {
  const found = manifests.filter(
    (manifest) =>
      manifest.kind === kind &&
      isWanted(manifest) &&
      (component === undefined || manifest.metadata.labels['app.kubernetes.io/component'] === component),
  );
  if (found.length !== 1) {
    throw new Error(`${found.length} objects of kind ${kind} ${component ?? ''}`);
  }
  return found[0];
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** Returns the pod specs of all workloads: Deployments, jobs and the pod of `helm test`. */
export function podSpecsOf(manifests: readonly Manifest[]): Manifest[] {
  return manifests.flatMap(({ kind, spec }) =>
    kind === 'Pod' ? [spec] : [spec?.jobTemplate?.spec.template.spec ?? spec?.template?.spec ?? []].flat(),
  );
}

/** Returns the environment variables of a pod's first container, by name. */
export function environmentOf(workload: Manifest): Record<string, string> {
  const variables: { name: string; value: string }[] = workload.spec.template.spec.containers[0].env;
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

function template(values: Values, { major = 4, release = 'events', set = '', api }: RenderOptions) {
  const helm = inject('helm')[major];
  const args = [
    'template',
    release,
    chartDirectory,
    '--namespace',
    'messaging',
    '--values',
    '-',
    '--kube-version',
    kubeVersion,
    '--set',
    set,
    ...(api === undefined ? [] : ['--api-versions', api]),
  ];
  return spawnSync(helm, args, { input: JSON.stringify(values), encoding: 'utf8', maxBuffer: 1 << 26 });
}
