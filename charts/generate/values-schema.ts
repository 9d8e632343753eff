import { isMap, isScalar, type Node, parse, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import type { AlertDefaults } from './alert-defaults.ts';

type Schema = Readonly<Record<string, unknown>>;
type Values = YAMLMap<Scalar<string>, Node>;

/** A JSON type, a shape name, or a schema whose nested schemas may use the same shorthand. */
type Shape = string | Schema;

interface SchemaSources {
  readonly valuesYaml: string;
  readonly shapesYaml: string;
  readonly alerts: Readonly<Record<string, AlertDefaults>>;
}

interface Shapes {
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Maps each shape to the names of chart values that have the shape at any level of values.yaml. */
  readonly names: Readonly<Record<string, readonly string[]>>;
}

const jsonTypes = new Set(['string', 'integer', 'number', 'boolean', 'array', 'object', 'null']);
/** The only map that accepts unknown keys, because parent charts add their own keys to it. */
const untypedMapName = 'global';

/**
 * Builds the JSON schema of the chart's values. The default of each value determines its type. Further constraints
 * come from a trailing comment in values.yaml, such as `# @schema minimum: 1` or `# @schema duration`, or from the
 * shape that values-shapes.yaml assigns to the name. Throws if a value has no comment above it or if its type cannot
 * be determined.
 *
 * @param alerts defaults of the alerts, which are the keys that `prometheusRule.alerts` accepts
 */
export function valuesSchema({ valuesYaml, shapesYaml, alerts }: SchemaSources): Schema {
  const root = parseDocument(valuesYaml).contents as Node as Values;
  const { shapes, names }: Shapes = parse(shapesYaml);
  const shapeEntries = Object.entries(names).flatMap(([shape, each]) =>
    each.map((name) => [name, shape] as const),
  );
  const shapeByName = new Map([...Object.keys(shapes).map((name) => [name, name] as const), ...shapeEntries]);

  function createMapSchema(map: Values, isExplained: boolean, additionalProperties = false): Schema {
    // The parser attaches the comment above the first key of a nested map to the map itself.
    const comments = map.items.map(
      ({ key }, index) => key.commentBefore ?? (index === 0 && map.commentBefore),
    );
    const isExplainedByMap = isExplained && !comments.some(Boolean);
    const entries = map.items.map(({ key, value }, index) => {
      const isEntryExplained = isExplainedByMap || Boolean(comments[index]);
      return [key.value, createValueSchema(key.value, value as Node, isEntryExplained)];
    });
    return { type: 'object', additionalProperties, properties: Object.fromEntries(entries) };
  }

  function createValueSchema(name: string, node: Node, isExplained: boolean): Schema {
    const isWhole = !isMap(node) || node.items.length === 0;
    if (isWhole && !isExplained) {
      throw new Error(`values.yaml: ${name} has no comment. Add one above it.`);
    }
    const shape = readTrailingShape(node) ?? shapeByName.get(name);
    const isNull = isScalar(node) && node.value === null;
    if (typeof shape === 'string') {
      return isNull ? createNullableSchema(shape) : toSchema(shape);
    }
    if (shape !== undefined) {
      const { type = typeOf(node), ...rest } = toSchema(shape);
      return rest.enum !== undefined ? rest : { type: isNull ? [type, 'null'] : type, ...rest };
    }
    if (!isWhole) {
      return createMapSchema(node as Values, isExplained, name === untypedMapName);
    }
    const jsonType = typeOf(node);
    if (jsonType === 'null' || jsonType === 'array') {
      throw new Error(
        `values.yaml: the type of ${name} is unknown. Add a comment such as "# @schema string" after the value.`,
      );
    }
    return { type: jsonType };
  }

  function createNullableSchema(name: string): Schema {
    const { type, ...rest } = toSchema(shapes[name] ?? { type: name });
    return type === undefined ? toSchema(name) : { type: [type, 'null'].flat(), ...rest };
  }

  function requireShape(name: string): Shape {
    const shape = shapeByName.get(name);
    if (shape === undefined) {
      throw new Error(`The alert parameter ${name} has no entry in values-shapes.yaml. Add one.`);
    }
    return shape;
  }

  function createAlertSchema(defaults: AlertDefaults): Schema {
    const own = Object.keys(defaults).map((name) => [name, toSchema(requireShape(name))]);
    const properties = {
      enabled: toSchema('boolean'),
      labels: toSchema('strings'),
      ...Object.fromEntries(own),
    };
    return { type: 'object', additionalProperties: false, properties };
  }

  const rootSchema = createMapSchema(root, false);
  const { prometheusRule } = rootSchema.properties as Record<string, { properties: Record<string, Schema> }>;
  if (prometheusRule !== undefined) {
    const properties = mapEntries(alerts, createAlertSchema);
    prometheusRule.properties.alerts = { type: 'object', additionalProperties: false, properties };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of comapi-webhook-receiver',
    ...rootSchema,
    patternProperties: { '^x-': {} },
    $defs: mapEntries(shapes, (shape) => toSchema(shape)),
  };
}

/** Reads the shape from the trailing `@schema` comment of a chart value. */
function readTrailingShape({ comment }: Node): Shape | undefined {
  if (comment === undefined || comment === null) {
    return undefined;
  }
  const text = /^ @schema (.+)$/.exec(comment)?.[1];
  if (text === undefined) {
    throw new Error(
      `values.yaml: the trailing comment "${comment}" does not begin with @schema. Move it above the value.`,
    );
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
  const additionalKeywords =
    shape.properties === undefined ? {} : { type: 'object', additionalProperties: false };
  return { ...additionalKeywords, ...mapEntries(shape, (part, keyword) => toSchemaKeyword(keyword, part)) };
}

function toSchemaKeyword(keyword: string, part: unknown): unknown {
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
