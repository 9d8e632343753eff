import type { Manifest } from '../support/render.ts';

interface NamedSchema {
  /** Name of the file in which kubeconform looks up a schema: kind, group and version. */
  readonly file: string;
  readonly schema: Manifest;
}

const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** Generates a strict JSON schema for each Kubernetes kind from the API server's OpenAPI description. */
export function toKubernetesSchemas(swagger: Manifest): NamedSchema[] {
  const definitions: Manifest = Object.fromEntries(
    Object.entries(swagger.definitions).map(([name, definition]) => [name, toStrict(definition)]),
  );
  definitions[quantity] = { oneOf: [{ type: 'string' }, { type: 'number' }] };
  return Object.entries<Manifest>(swagger.definitions).flatMap(([name, definition]) => {
    const kinds: Manifest[] = definition['x-kubernetes-group-version-kind'] ?? [];
    // These kinds are request options. They belong to every API group and never occur in a manifest.
    return kinds.length > 3
      ? []
      : kinds.map(({ group, version, kind }) => ({
          file: toFile(kind, group || version, version),
          schema: { $ref: `#/definitions/${name}`, definitions: withReferences(name, definitions) },
        }));
  });
}

/** Generates strict JSON schemas from a CustomResourceDefinition. */
export function toCustomSchemas(crd: Manifest): NamedSchema[] {
  const { group, names, versions } = crd.spec;
  return versions.map(({ name, schema }: Manifest) => {
    const strict = toStrict(schema.openAPIV3Schema);
    strict.properties = { apiVersion: {}, kind: {}, ...strict.properties, metadata: { type: 'object' } };
    return { file: toFile(names.kind, group, name), schema: strict };
  });
}

function toFile(kind: string, group: string, version: string): string {
  return `${kind.toLowerCase()}-${group}-${version}.json`;
}

/** Rejects unknown fields and removes keywords that only Kubernetes understands. */
function toStrict(node: Manifest): Manifest {
  if (Array.isArray(node)) {
    return node.map(toStrict);
  }
  if (typeof node !== 'object' || node === null) {
    return node;
  }
  if (node.format === 'int-or-string' || node['x-kubernetes-int-or-string']) {
    return { oneOf: [{ type: 'string' }, { type: 'integer' }] };
  }
  if (node.$ref !== undefined) {
    return { $ref: node.$ref };
  }
  const left = ['format', 'description', 'default', 'example'];
  const strict: Manifest = {};
  for (const [key, value] of Object.entries<Manifest>(node)) {
    if (key === 'properties') {
      strict.properties = Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, toStrict(property)]),
      );
    } else if (!key.startsWith('x-kubernetes') && !left.includes(key)) {
      strict[key] = toStrict(value);
    }
  }
  const open = node.additionalProperties !== undefined || node['x-kubernetes-preserve-unknown-fields'];
  return strict.properties === undefined || open ? strict : { ...strict, additionalProperties: false };
}

function withReferences(name: string, definitions: Manifest, found: Manifest = {}): Manifest {
  if (found[name] === undefined) {
    found[name] = definitions[name];
    for (const [, reference = ''] of JSON.stringify(definitions[name]).matchAll(
      /"#\/definitions\/([^"]+)"/g,
    )) {
      withReferences(reference, definitions, found);
    }
  }
  return found;
}
