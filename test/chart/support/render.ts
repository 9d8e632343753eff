import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import type { HelmMajor } from './find-helm.ts';

/** Objects and values are looked at by path; what is not there fails the expectation, not the compiler. */
// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no static type
export type Manifest = any; // oxlint-disable-line typescript/no-explicit-any
export type Values = Record<string, Manifest>;

/** The least that the chart accepts. */
export const minimalValues: Values = {
  webhooks: [{ existingSecret: 'signing' }],
  kafka: { brokers: ['kafka:9092'] },
};

/** Helm asks no cluster here; each version would assume another one, some of them too old for the chart. */
export const kubeVersion = '1.34.0';

export interface RenderOptions {
  readonly major?: HelmMajor;
  readonly release?: string;
  /** What `--set` gets. */
  readonly set?: string;
  /** An API that the cluster has. */
  readonly api?: string;
}

/** What `helm template` makes of the values. */
export function render(values: Values, options: RenderOptions = {}): Manifest[] {
  const { status, stdout, stderr } = template(values, options);
  if (status !== 0) {
    throw new Error(`helm template failed: ${stderr}`);
  }
  return parseAllDocuments(stdout)
    .map((document): Manifest => document.toJS())
    .filter((manifest) => manifest !== null);
}

/** What helm says when it refuses the values. */
export function refusal(values: Values, options: RenderOptions = {}): string {
  const { status, stderr } = template(values, options);
  if (status === 0) {
    throw new Error('helm accepted the values');
  }
  return stderr;
}

/** What Helm prints after the installation. Asked of Helm 4: Helm 3 does not render them without a cluster. */
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

/** The one object of a kind, and of a component or of another sort where there are several. */
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

/** What each workload's pods are: of the Deployments, of the jobs, and the pod of helm test. */
export function podSpecsOf(manifests: readonly Manifest[]): Manifest[] {
  return manifests.flatMap(({ kind, spec }) =>
    kind === 'Pod' ? [spec] : [spec?.jobTemplate?.spec.template.spec ?? spec?.template?.spec ?? []].flat(),
  );
}

/** Environment of a pod's first container by name. */
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
