import { afterAll, expect, test } from 'vitest';
import { reservedNames } from '../../src/webhook/record-headers.ts';
import { describeRefusals, type Refusal } from './support/describe-refusals.ts';
import { createProgramReader } from './support/read-by-program.ts';
import { minimalValues, refusal, render, type Values } from './support/render.ts';

const reader = createProgramReader();
afterAll(() => reader.remove());

const rabbitmq: Values = { kafka: {}, rabbitmq: { existingSecret: 'url' } };

/** At the edge of what the chart takes. */
const accepted: readonly (readonly [what: string, values: Values])[] = [
  ['the least', {}],
  ['the largest body', { config: { maxBodyBytes: 67_108_864 } }],
  [
    'a larger one with room for it',
    { config: { maxBodyBytes: 104_857_600 }, resources: { limits: { memory: '1Gi' } } },
  ],
  ['the longest budget', { config: { requestBudgetMs: 9_500 } }],
  ['the shortest budget', { config: { requestBudgetMs: 1_500 } }],
  ['ports at both ends', { kafka: { brokers: ['a:1', 'b:65535'] } }],
  ['rules for keys', { config: { keyRules: 'message=payload.messageId,payload.id;*=payload.id' } }],
  ['headers of records', { config: { recordHeaders: 'environment=production,region=eu 1' } }],
  ['odd names of topics', { kafka: { topic: '...', deadLetterTopic: '.a', latestTopic: '..b' } }],
  ['the shortest window', { revisionFilter: { enabled: true, window: '60s' } }],
  ['the longest window', { revisionFilter: { enabled: true, window: '366d' } }],
  ['RabbitMQ', rabbitmq],
  ['Redis', { kafka: {}, redis: { existingSecret: 'url', streamCount: 3, stream: 'x'.repeat(249) } }],
  ['the topics job', { topics: { create: true, eventsSettings: { 'retention.ms': -1 } } }],
];

test.each(accepted)('the program reads what the chart renders with %s', (_, values) => {
  const kafka = (values.rabbitmq ?? values.redis) ? {} : { ...minimalValues.kafka, ...values.kafka };
  const manifests = render({ ...minimalValues, ...values, kafka });
  reader.read(manifests);
});

const refused: Refusal[] = [
  [
    'a body beyond the bytes in flight',
    { config: { maxBodyBytes: 67_108_865 } },
    /config\.maxBodyBytes is 67108865, more than an eighth of resources\.limits\.memory \(512Mi\)/,
  ],
  ['a port that there is not', { kafka: { brokers: ['a:99999'] } }, /brokers/],
  ['port 0', { kafka: { brokers: ['a:0'] } }, /brokers/],
  ['the topic .', { kafka: { topic: '.' } }, /topic/],
  ['the topic ..', { kafka: { topic: '..' } }, /topic/],
  ['rules for keys without the rest', { config: { keyRules: 'message=payload.id' } }, /keyRules/],
  ['rules for keys that are none', { config: { keyRules: 'payload.id' } }, /keyRules/],
  ['a header of records without a value', { config: { recordHeaders: 'environment' } }, /recordHeaders/],
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

const otherStore = (store: object): Values => ({ kafka: { brokers: [] }, ...store });

const more: Refusal[] = [
  ['a rule for keys with nothing after it', { config: { keyRules: '*=a;' } }, /'\/config\/keyRules'/],
  ['a header with nothing after it', { config: { recordHeaders: 'a=1,' } }, /'\/config\/recordHeaders'/],
  ['a family twice', { config: { keyRules: 'a=b;a=c;*=d' } }, /config\.keyRules has the family a twice/],
  [
    'a header of CloudEvents’ form',
    { config: { recordHeaders: 'ce_A=1' } },
    /config\.recordHeaders has ce_A: after ce_/,
  ],
  ['a header twice', { config: { recordHeaders: 'a=1,a=2' } }, /config\.recordHeaders has a twice/],
  [
    'headers of many bytes',
    { config: { recordHeaders: `a=${'ü'.repeat(600)}` } },
    /config\.recordHeaders has 1202 bytes/,
  ],
  [
    'seventeen headers',
    { config: { recordHeaders: Array.from({ length: 17 }, (_, index) => `a${index}=1`).join() } },
    /config\.recordHeaders has 17 headers/,
  ],
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
      kafka: { topic: 'x'.repeat(249), latestTopic: 'l' },
      webhooks: [{ existingSecret: 's', topic: 'y'.repeat(249) }],
    },
    /Name a latestTopic for it/,
  ],
  ['the stream ..', otherStore({ redis: { existingSecret: 'url', stream: '..' } }), /'\/redis\/stream'/],
  [
    'a stream for two things',
    otherStore({ redis: { existingSecret: 'url', stream: 'a', deadLetterStream: 'a' } }),
    /redis\.stream and redis\.deadLetterStream/,
  ],
  [
    'latest states on Redis',
    otherStore({
      redis: { existingSecret: 'url', streamRules: [{ events: 'message.*', topic: 'a', latestTopic: 'b' }] },
    }),
    /redis\.streamRules\[0\]\.latestTopic is set but the store is Redis/,
  ],
  [
    'latest states on RabbitMQ',
    otherStore({
      rabbitmq: { existingSecret: 'url' },
      webhooks: [{ existingSecret: 's', latestTopic: 'a' }],
    }),
    /webhooks\[0\]\.latestTopic is set but the store is RabbitMQ/,
  ],
];

describeRefusals([...refused, ...more]);

test('each name that the receiver gives a meaning is refused for a header of records', () => {
  const recordHeaders = [...reservedNames].map((name) => `${name}=1`).join();
  const said = refusal({ ...minimalValues, config: { recordHeaders } });
  expect([...reservedNames].filter((name) => !said.includes(`has ${name}, which the receiver`))).toEqual([]);
});
