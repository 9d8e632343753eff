import { isMap, isScalar, type Node, parse, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import type { AlertDefaults } from './alert-defaults.ts';

type Schema = Readonly<Record<string, unknown>>;
type Values = YAMLMap<Scalar<string>, Node>;

/** A JSON type, the name of a shape, or a schema whose parts are written so. */
type Shape = string | Schema;

interface SchemaSources {
  readonly valuesYaml: string;
  readonly shapesYaml: string;
  readonly goneYaml: string;
  readonly alerts: Readonly<Record<string, AlertDefaults>>;
}

interface Shapes {
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Names of values by the shape that they have, wherever they stand. */
  readonly names: Readonly<Record<string, readonly string[]>>;
}

const jsonTypes = new Set(['string', 'integer', 'number', 'boolean', 'array', 'object', 'null']);
/** Parent charts put keys of their own into it. */
const openToOthers = 'global';

/**
 * The JSON schema of the chart's values. The type is that of the default. What else is asked of a value stands behind it in
 * values.yaml, `# @schema minimum: 1` or `# @schema duration`, or is the shape that its name has in values-shapes.yaml.
 * Throws for a value of which none of these says enough, and for one without a comment above it.
 *
 * A value that is gone may be anything: the chart refuses it with what stands for it.
 *
 * @param alerts what `prometheusRule.alerts`, an empty map, may change
 */
export function valuesSchema({ valuesYaml, shapesYaml, goneYaml, alerts }: SchemaSources): Schema {
  const root = parseDocument(valuesYaml).contents as Node as Values;
  const { shapes, names }: Shapes = parse(shapesYaml);
  const takers = Object.entries(names).flatMap(([shape, each]) => each.map((name) => [name, shape] as const));
  const shapeOf = new Map([...Object.keys(shapes).map((name) => [name, name] as const), ...takers]);

  function ofMap(map: Values, isExplained: boolean, additionalProperties = false): Schema {
    // The parser gives the comment above the first key of an inner map to the map.
    const comments = map.items.map(
      ({ key }, index) => key.commentBefore ?? (index === 0 && map.commentBefore),
    );
    const isByMap = isExplained && !comments.some(Boolean);
    const entries = map.items.map(({ key, value }, index) => {
      const isOwn = isByMap || Boolean(comments[index]);
      return [key.value, ofValue(key.value, value as Node, isOwn)];
    });
    return { type: 'object', additionalProperties, properties: Object.fromEntries(entries) };
  }

  function ofValue(name: string, node: Node, isExplained: boolean): Schema {
    const isWhole = !isMap(node) || node.items.length === 0;
    if (isWhole && !isExplained) {
      throw new Error(`values.yaml has no comment above ${name}`);
    }
    const shape = besideValue(node) ?? shapeOf.get(name);
    const isNull = isScalar(node) && node.value === null;
    if (typeof shape === 'string') {
      return isNull ? orNull(shape) : toSchema(shape);
    }
    if (shape !== undefined) {
      const { type = typeOf(node), ...rest } = toSchema(shape);
      return rest.enum !== undefined ? rest : { type: isNull ? [type, 'null'] : type, ...rest };
    }
    if (!isWhole) {
      return ofMap(node as Values, isExplained, name === openToOthers);
    }
    const type = typeOf(node);
    if (type === 'null' || type === 'array') {
      throw new Error(`nothing says what ${name} in values.yaml may be`);
    }
    return { type };
  }

  function orNull(name: string): Schema {
    const { type, ...rest } = toSchema(shapes[name] ?? { type: name });
    return type === undefined ? toSchema(name) : { type: [type, 'null'].flat(), ...rest };
  }

  function shapeFor(name: string): Shape {
    const shape = shapeOf.get(name);
    if (shape === undefined) {
      throw new Error(`nothing says what ${name} of an alert may be`);
    }
    return shape;
  }

  function ofAlert(defaults: AlertDefaults): Schema {
    const own = Object.keys(defaults).map((name) => [name, toSchema(shapeFor(name))]);
    const properties = {
      enabled: toSchema('boolean'),
      labels: toSchema('strings'),
      ...Object.fromEntries(own),
    };
    return { type: 'object', additionalProperties: false, properties };
  }

  const ofRoot = ofMap(root, false);
  const { prometheusRule } = ofRoot.properties as Record<string, { properties: Record<string, Schema> }>;
  if (prometheusRule !== undefined) {
    const properties = mapEntries(alerts, ofAlert);
    prometheusRule.properties.alerts = { type: 'object', additionalProperties: false, properties };
  }
  const $defs = mapEntries(shapes, (shape) => toSchema(shape));
  for (const path of Object.keys(parse(goneYaml))) {
    admit(ofRoot, path.split('.'), $defs);
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of comapi-webhook-receiver',
    ...ofRoot,
    patternProperties: { '^x-': {} },
    $defs,
  };
}

/** Lets the value at that path be anything. A name with `[]` behind it is that of a list, and stands for each of its items. */
function admit(map: Schema, [part = '', ...rest]: readonly string[], $defs: Record<string, Schema>): void {
  const properties = map.properties as Record<string, Schema>;
  const name = part.replace(/\[\]$/, '');
  if (rest.length === 0) {
    properties[name] = {};
    return;
  }
  properties[name] ??= { type: 'object', additionalProperties: false, properties: {} };
  const inner = resolve(properties[name], $defs);
  admit(name === part ? inner : resolve(inner.items as Schema, $defs), rest, $defs);
}

function resolve(schema: Schema, $defs: Readonly<Record<string, Schema>>): Schema {
  const name = typeof schema.$ref === 'string' ? schema.$ref.replace('#/$defs/', '') : '';
  return $defs[name] ?? schema;
}

/** The shape that the comment behind a value gives. */
function besideValue({ comment }: Node): Shape | undefined {
  if (comment === undefined || comment === null) {
    return undefined;
  }
  const text = /^ @schema (.+)$/.exec(comment)?.[1];
  if (text === undefined) {
    throw new Error(`values.yaml: "${comment}" behind a value does not begin with @schema`);
  }
  return text.includes(':') ? parse(`{${text}}`) : text;
}

function typeOf(node: Node): string {
  if (!isScalar(node)) {
    return isMap(node) ? 'object' : 'array';
  }
  if (typeof node.value === 'number') {
    return Number.isInteger(node.value) ? 'integer' : 'number';
  }
  return node.value === null ? 'null' : typeof node.value;
}

function toSchema(shape: Shape): Schema {
  if (typeof shape === 'string') {
    return jsonTypes.has(shape) ? { type: shape } : { $ref: `#/$defs/${shape}` };
  }
  const closed = shape.properties === undefined ? {} : { type: 'object', additionalProperties: false };
  return { ...closed, ...mapEntries(shape, (part, keyword) => partOf(keyword, part)) };
}

function partOf(keyword: string, part: unknown): unknown {
  switch (keyword) {
    case 'items':
    case 'additionalProperties':
      return part === false ? part : toSchema(part as Shape);
    case 'anyOf':
      return (part as Shape[]).map(toSchema);
    case 'properties':
      return mapEntries(part as Record<string, Shape>, toSchema);
    default:
      return part;
  }
}

function mapEntries<From, To>(
  entries: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, map(value, key)]));
}
