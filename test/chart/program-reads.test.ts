import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { describeRefusals, type Refusal } from './support/describe-refusals.ts';
import { createProgramReader } from './support/read-by-program.ts';
import { minimalValues, render, type Values } from './support/render.ts';

const reader = createProgramReader();
afterAll(() => reader.remove());

const rabbitmq: Values = { kafka: {}, rabbitmq: { existingSecret: 'url' } };

/** Values that the chart accepts, each at one of its limits. */
const accepted: readonly (readonly [what: string, values: Values])[] = [
  ['the least', {}],
  [
    'variables of every kind',
    {
      env: {
        MAX_BODY_BYTES: 20_971_520,
        OTEL_TRACES_SAMPLER_ARG: 0.25,
        LOG_LEVEL: 'debug',
        ALLOW_PLAINTEXT: true,
      },
    },
  ],
  ['ports at both ends', { kafka: { brokers: ['a:1', 'b:65535'] } }],
  ['odd names of topics', { store: { topic: '...' }, kafka: { deadLetterTopic: '.a' } }],
  ['the shortest window', { revisionFilter: { enabled: true, window: '60s' } }],
  ['the longest window', { revisionFilter: { enabled: true, window: '366d' } }],
  ['RabbitMQ', rabbitmq],
  [
    'Redis',
    {
      kafka: {},
      redis: { existingSecret: 'url' },
      store: { topic: 'x'.repeat(237) },
      env: { REDIS_STREAM_COUNT: 3 },
    },
  ],
  ['the topics job', { topics: { create: true, settings: { 'events:retention.ms': -1 } } }],
];

const readme = readFileSync(join(chartDirectory, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);

test.each(blocks)('the program reads what the chart renders with a block of its README: %s', (text) => {
  const values: Values = parse(text);
  const kafka = { brokers: ['kafka+ssl://kafka:9093'], ...values.kafka };
  reader.read(render({ ...minimalValues, ...values, kafka }));
});

test.each(accepted)('the program reads what the chart renders with %s', (_, values) => {
  const kafka = (values.rabbitmq ?? values.redis) ? {} : { ...minimalValues.kafka, ...values.kafka };
  const manifests = render({ ...minimalValues, ...values, kafka });
  reader.read(manifests);
});

const refused: Refusal[] = [
  ['a port that there is not', { kafka: { brokers: ['a:99999'] } }, /brokers/],
  ['port 0', { kafka: { brokers: ['a:0'] } }, /brokers/],
  ['the topic .', { store: { topic: '.' } }, /topic/],
  ['the topic ..', { store: { topic: '..' } }, /topic/],
  [
    'a window of a second',
    { revisionFilter: { enabled: true, window: '1s' } },
    /revisionFilter\.window is 1s/,
  ],
  [
    'a window of years',
    { revisionFilter: { enabled: true, window: '367d' } },
    /revisionFilter\.window is 367d/,
  ],
];

const more: Refusal[] = [
  [
    'a filter’s own window of a second',
    { revisionFilter: { enabled: true, filters: [{ window: '1s' }] } },
    /revisionFilter\.filters\[0\]\.window is 1s/,
  ],
  [
    'a path with an empty part',
    { webhooks: [{ existingSecret: 's', path: '/a//b' }] },
    /'\/webhooks\/0\/path'/,
  ],
  [
    'a topic whose latest states have no name',
    {
      kafka: { deadLetterTopic: 'd' },
      webhooks: [{ existingSecret: 's', topic: 'y'.repeat(243), deadLetterTopic: 'd' }],
    },
    /too long: its latest states would be in/,
  ],
  [
    'a topic whose dead letters have no name',
    { store: { topic: 'x'.repeat(238) } },
    /too long: its dead letters would be in/,
  ],
];

describeRefusals([...refused, ...more]);
