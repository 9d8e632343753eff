import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadFilterConfig } from '../../src/config/filter-config.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { describeRefusals, type Refusal } from './support/describe-refusals.ts';
import { type Manifest, minimalValues, ofKind, render, type Values } from './support/render.ts';

/** In the place of what is mounted. */
const directory = mkdtempSync(join(tmpdir(), 'program-reads-'));
writeFileSync(join(directory, 'current'), 'a planted secret of this test, long enough');
afterAll(() => rmSync(directory, { recursive: true }));

const rabbitmq: Values = { kafka: {}, rabbitmq: { existingSecret: 'url' } };

/** At the edge of what the chart takes. */
const accepted: readonly (readonly [what: string, values: Values])[] = [
  ['the least', {}],
  ['the largest body', { config: { maxBodyBytes: 67_108_864 } }],
  ['a larger one with room for it', { config: { maxBodyBytes: 104_857_600, maxInFlightBytes: 104_857_600 } }],
  ['the longest budget', { config: { requestBudgetMs: 9_500, bodyTimeoutMs: 8_500 } }],
  ['the shortest budget', { config: { requestBudgetMs: 1_500, bodyTimeoutMs: 500 } }],
  ['time-outs that fill the budget', { kafka: { connectTimeoutMs: 3_000, requestTimeoutMs: 5_000 } }],
  ['one time-out that fills it', { kafka: { connectTimeoutMs: 5_000 } }],
  ['ports at both ends', { kafka: { brokers: ['a:1', 'b:65535'] } }],
  ['a header of its own', { config: { signatureHeader: 'X-Other-Signature' } }],
  ['rules for keys', { config: { keyRules: 'message=payload.messageId,payload.id;*=payload.id' } }],
  ['headers of records', { config: { recordHeaders: 'environment=production,region=eu 1' } }],
  ['odd names of topics', { kafka: { topic: '...', deadLetterTopic: '.a', latestTopic: '..b' } }],
  ['the shortest window', { revisionFilter: { enabled: true, window: '60s' } }],
  ['the longest window', { revisionFilter: { enabled: true, window: '366d' } }],
  ['RabbitMQ', rabbitmq],
];

test.each(accepted)('the program reads what the chart renders with %s', (_, values) => {
  const kafka = values === rabbitmq ? {} : { ...minimalValues.kafka, ...values.kafka };
  const manifests = render({ ...minimalValues, ...values, kafka });
  const env = readEnv(manifests, 'receiver');
  const [configMap] = ofKind(manifests, 'ConfigMap');
  const registrations: Manifest[] = JSON.parse(configMap.data['webhooks.json']);
  const file = join(directory, 'webhooks.json');
  writeFileSync(file, JSON.stringify(registrations.map((each) => ({ ...each, secretsDir: directory }))));
  const config = loadReceiverConfig({ ...env, WEBHOOKS_FILE: file, NODE_ENV: 'production' });
  expect(config.webhooks).toHaveLength(registrations.length);
  if (values.revisionFilter !== undefined) {
    loadFilterConfig({ ...readEnv(manifests, 'filter'), NODE_ENV: 'production' });
  }
});

const refused: Refusal[] = [
  [
    'a body beyond the bytes in flight',
    { config: { maxBodyBytes: 67_108_865 } },
    /config\.maxInFlightBytes is 64 MiB/,
  ],
  ['time-outs over the budget', { kafka: { requestTimeoutMs: 9_000 } }, /kafka\.requestTimeoutMs \(9000\)/],
  ['one time-out over it', { kafka: { connectTimeoutMs: 5_001 } }, /kafka\.connectTimeoutMs \(5001\)/],
  ['a port that there is not', { kafka: { brokers: ['a:99999'] } }, /brokers/],
  ['port 0', { kafka: { brokers: ['a:0'] } }, /brokers/],
  ['the topic .', { kafka: { topic: '.' } }, /topic/],
  ['the topic ..', { kafka: { topic: '..' } }, /topic/],
  ['a header with a blank', { config: { signatureHeader: 'X Signature' } }, /signatureHeader/],
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

describeRefusals(refused);

/** The variables of a container; the files that they name are elsewhere. */
function readEnv(manifests: readonly Manifest[], name: string): Record<string, string> {
  const pods: Manifest[] = [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'StatefulSet')];
  const containers: Manifest[] = pods.flatMap(({ spec }) => spec.template.spec.containers);
  const { env } = containers.find((container) => container.name === name);
  const url = join(directory, 'url');
  writeFileSync(url, 'amqp://localhost');
  return Object.fromEntries(
    env
      .filter(({ value }: Manifest) => value !== undefined)
      .map((each: Manifest) => [each.name, each.name.endsWith('_URL_FILE') ? url : each.value]),
  );
}
