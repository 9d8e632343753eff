import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { cacheDirectory } from '../../support/tools/cache-directory.ts';
import type { Manifest } from '../support/render.ts';
import { toCustomSchemas, toKubernetesSchemas } from './to-json-schemas.ts';

/** Custom resources whose definition is not part of a Go module. */
const withoutSchema = ['KafkaTopic', 'GrafanaDashboard', 'SecretProviderClass'];

export interface Conformance {
  readonly valid: number;
  readonly skipped: number;
  readonly problems: readonly string[];
}

/**
 * Downloads kubeconform and generates its schemas, once for all tests. kubeconform validates Kubernetes objects without
 * a cluster.
 */
export function provideKubeconform(): (manifests: readonly Manifest[]) => Conformance {
  const directory = join(cacheDirectory(), 'kubeconform-0.8.0');
  const schemas = join(directory, 'schemas');
  execFileSync(new URL('fetch-kubeconform.sh', import.meta.url).pathname, [directory], { stdio: 'inherit' });
  if (!existsSync(schemas)) {
    writeSchemas(directory, schemas);
  }
  const location = join(schemas, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json');
  const options = ['-output', 'json', '-summary', '-skip', withoutSchema.join(',')];

  return (manifests) => {
    const { stdout, stderr } = spawnSync(
      join(directory, 'kubeconform'),
      [...options, '-schema-location', location],
      { input: manifests.map((manifest) => stringify(manifest)).join('---\n'), encoding: 'utf8' },
    );
    const report = parse(stdout || 'null');
    if (report === null) {
      throw new Error(`kubeconform failed: ${stderr}`);
    }
    return {
      valid: report.summary.valid,
      skipped: report.summary.skipped,
      problems: report.resources.map(({ kind, name, msg }: Manifest) => `${kind}/${name}: ${msg}`),
    };
  };
}

function writeSchemas(directory: string, schemas: string): void {
  const unfinished = `${schemas}.${process.pid}`;
  mkdirSync(unfinished);
  const swagger = JSON.parse(readFileSync(join(directory, 'swagger.json'), 'utf8'));
  const crds = readdirSync(join(directory, 'crds')).flatMap((file) =>
    parseAllDocuments(readFileSync(join(directory, 'crds', file), 'utf8')).map((document) => document.toJS()),
  );
  const custom = crds.filter((crd) => crd?.kind === 'CustomResourceDefinition').flatMap(toCustomSchemas);
  for (const { file, schema } of [...toKubernetesSchemas(swagger), ...custom]) {
    writeFileSync(join(unfinished, file), JSON.stringify(schema));
  }
  renameSync(unfinished, schemas);
}
