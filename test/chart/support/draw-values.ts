import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import type { Manifest, Values } from './render.ts';

type Random = () => number;

const schema: Manifest = JSON.parse(readFileSync(join(chartDirectory, 'values.schema.json'), 'utf8'));

/** What the program reads of the values. What comes from Secrets, and fields of pods, it never sees. */
const roots = ['store', 'kafka', 'rabbitmq', 'shutdown', 'spool', 'topics', 'revisionFilter'];
const unread = new Set(
  'tls sasl strimzi existingSecret secretProviderClass urlKey storageClassName enabled brokers resources'.split(
    ' ',
  ),
);

const names = ['a', 'a.0', 'a.latest', 'b', 'comapi.events', 'comapi.events.latest', '..c'];
/** Texts by the name of their value, or of their definition in the schema. */
const texts: Readonly<Record<string, readonly string[]>> = {
  topic: [...names, 'x'.repeat(249), 'x'.repeat(244)],
  optionalTopic: ['', ...names, 'x'.repeat(249)],
  exchange: ['', 'a', 'comapi.events.dead-letter'],
  events: ['message.*', 'message.sent', 'chat.*', 'a', 'a.b.*'],
  path: ['/webhook', '/a', '/a/', '/a/b', '/a//b', '/livez', '/a/../b', '/%61'],
  name: ['a', 'b'],
  window: ['60s', '1s', '366d', '367d', '0h', '99999999999999999d'],
  groupId: ['a', 'b.c'],
  size: ['2Gi', '100Mi', '1Ti'],
};

/** A text is one of a list; of a list or a map the schema gives the form. `undefined`: nothing is known to draw. */
function draw(node: Manifest, key: string, random: Random): unknown {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const reference = node.$ref?.replace('#/$defs/', '');
  if (reference !== undefined) {
    return texts[reference] === undefined
      ? draw(schema.$defs[reference], reference, random)
      : pick(texts[reference]);
  }
  const type: string = Array.isArray(node.type) ? node.type[0] : node.type;
  if (node.enum !== undefined) {
    return pick(node.enum);
  }
  switch (type) {
    case 'integer': {
      const { minimum = 0, maximum = minimum + 1_000_000 } = node;
      return pick([minimum, maximum, Math.floor(minimum + random() * (maximum - minimum)), minimum + 1]);
    }
    case 'boolean':
      return random() < 0.5;
    case 'string':
      return texts[key] && pick(texts[key]);
    case 'array':
      return Array.from({ length: 1 + Math.floor(random() * 2) }, () => draw(node.items, key, random));
    case 'object':
      return Object.fromEntries(
        Object.entries<Manifest>(node.properties ?? {}).flatMap(([name, child]) => {
          const isWanted = node.required?.includes(name) === true || (!unread.has(name) && random() < 0.4);
          const value = isWanted ? draw(child, name, random) : undefined;
          return value === undefined ? [] : [[name, value]];
        }),
      );
    default:
      return undefined;
  }
}

/** Some values at random, each by itself as the schema allows it, or nearly. Together they may not work. */
export function drawValues(random: Random): Values {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const store = pick(['kafka', 'kafka', 'redis', 'rabbitmq']);
  const values: Values = {
    kafka: { brokers: store === 'kafka' ? ['kafka:9092'] : [] },
    ...(store !== 'kafka' && { [store]: { existingSecret: 'url' } }),
    webhooks: [{ existingSecret: 'signing' }],
    topics: { create: random() < 0.5 },
    // Elsewhere than on Kafka it is refused.
    revisionFilter: { enabled: random() < (store === 'kafka' ? 0.5 : 0.1) },
    spool: { enabled: random() < 0.3 },
  };
  const open = roots.filter((root) => !['kafka', 'rabbitmq'].includes(root) || root === store);
  const changes = 1 + Math.floor(random() * 3);
  for (let change = 0; change < changes; change += 1) {
    const root = pick(open);
    const fields = Object.keys(schema.properties[root].properties).filter((field) => !unread.has(field));
    const field = pick(fields);
    const value = draw(schema.properties[root].properties[field], field, random);
    values[root] = { ...values[root], ...(value !== undefined && { [field]: value }) };
  }
  if (random() < 0.3) {
    const drawn = draw(schema.properties.webhooks, 'webhooks', random) as Values[];
    values.webhooks = drawn.map((each, index) => ({
      name: `w${index}`,
      path: `/${index}`,
      ...each,
      existingSecret: 'signing',
    }));
  }
  return values;
}
