import { describe, expect, test } from 'vitest';
import { parseTopicRules } from '../../src/webhook/topic-rules.ts';
import { describeRefusals } from './support/describe-refusals.ts';
import { environmentOf, minimalValues, notes, ofKind, pick, render, type Values } from './support/render.ts';

const topicRules = [
  { events: 'message.inbound', topic: 'inbound' },
  { events: 'message.*', topic: 'messages' },
];
const store = { topicRules };
const revisionFilter = {
  enabled: true,
  window: '72h',
  filters: [
    { topic: 'comapi.events' },
    { name: 'messages', topic: 'messages', replicaCount: 3, groupId: 'own', window: '48h' },
    { name: 'inbound', topic: 'inbound', resources: { limits: { memory: '1Gi' } } },
  ],
};
const everything: Values = {
  ...minimalValues,
  store,
  revisionFilter,
  networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] },
  monitor: { kind: 'PodMonitor' },
  prometheusRule: { enabled: true },
};
const components = ['filter', 'filter-messages', 'filter-inbound'];

describe('topic rules', () => {
  test('reach the receiver and the job of the topics as the program reads them, and no filter', () => {
    const manifests = render({ ...everything, topics: { create: true } });
    const [receiver, job, filter] = [
      pick(manifests, 'Deployment', 'receiver'),
      pick(manifests, 'Job', 'topics'),
      pick(manifests, 'Deployment', 'filter-messages'),
    ].map((manifest) => environmentOf(manifest).TOPIC_RULES);
    expect(receiver).toBe('message.inbound=inbound;message.*=messages');
    expect(parseTopicRules(receiver ?? '')).toMatchObject({
      topics: new Set(['inbound', 'messages']),
    });
    expect([job, filter]).toEqual([receiver, undefined]);
  });

  test('of a registration are in its entry, also when they are none', () => {
    const webhooks = [
      { name: 'a', path: '/a', existingSecret: 's', topicRules: [{ events: 'chat.*', topic: 'chats' }] },
      { name: 'b', path: '/b', existingSecret: 's', topicRules: [], topic: 'b' },
      { name: 'c', path: '/c', existingSecret: 's' },
    ];
    const { data } = pick(render({ ...everything, webhooks }), 'ConfigMap', 'receiver');
    const entries: Values[] = JSON.parse(data['webhooks.json']);
    expect(entries.map((entry) => entry.topicRules)).toEqual(['chat.*=chats', '', undefined]);
    expect(entries[1]).toMatchObject({ topic: 'b' });
  });

  test('and filters are all among the objects of Strimzi, each with its role', () => {
    const webhooks = [{ existingSecret: 's', topic: 'own', deadLetterTopic: 'own.dead' }];
    const topics = { strimzi: { cluster: 'k' } };
    const made = ofKind(render({ ...everything, webhooks, topics }), 'KafkaTopic');
    const policies = made.map(({ spec }) => [spec.topicName, spec.config['cleanup.policy']] as const);
    expect(new Map(policies)).toEqual(
      new Map([
        ...['comapi.events', 'inbound', 'messages', 'own'].map((topic) => [topic, 'delete'] as const),
        ...['comapi.events.dead-letter', 'own.dead'].map((topic) => [topic, 'delete'] as const),
        ...['comapi.events.latest', 'inbound.latest', 'messages.latest'].map(
          (topic) => [topic, 'compact'] as const,
        ),
      ]),
    );
    expect(new Set(made.map(({ metadata }) => metadata.name)).size).toBe(made.length);
  });
});

describe('several filters', () => {
  const manifests = render(everything);
  const deployments = components.map((component) => pick(manifests, 'Deployment', component));

  test('read a topic each, with what an entry says and else what all have', () => {
    expect(deployments.map((deployment) => environmentOf(deployment))).toMatchObject([
      { KAFKA_TOPIC: 'comapi.events', FILTER_WINDOW: '72h' },
      {
        KAFKA_TOPIC: 'messages',
        FILTER_GROUP_ID: 'own',
        FILTER_WINDOW: '48h',
      },
      { KAFKA_TOPIC: 'inbound', FILTER_WINDOW: '72h' },
    ]);
    expect(environmentOf(deployments[2]).FILTER_GROUP_ID).toBeUndefined();
    expect(deployments.map(({ spec }) => spec.replicas)).toEqual([1, 3, 1]);
    const resources = deployments.map(({ spec }) => spec.template.spec.containers[0].resources);
    expect(resources.map(({ limits }) => limits.memory)).toEqual(['512Mi', '512Mi', '1Gi']);
    expect(resources.map(({ requests }) => requests.cpu)).toEqual(['100m', '100m', '250m']);
  });

  test('write dead letters where the registration of their topic does', () => {
    const webhooks = [
      {
        name: 'a',
        path: '/a',
        existingSecret: 's',
        topic: 'own',
        deadLetterTopic: 'own.dead',
        topicRules: [],
      },
      { name: 'b', path: '/b', existingSecret: 's', topic: 'b', topicRules: [] },
    ];
    const filters = [{ topic: 'own' }, { name: 'messages', topic: 'messages' }, { name: 'b', topic: 'b' }];
    const others = render({ ...everything, webhooks, revisionFilter: { enabled: true, filters } });
    const deadLetters = ['filter', 'filter-messages', 'filter-b'].map(
      (component) => environmentOf(pick(others, 'Deployment', component)).KAFKA_DEAD_LETTER_TOPIC,
    );
    expect(deadLetters).toEqual(['own.dead', 'comapi.events.dead-letter', 'b.dead-letter']);
  });

  test('have names, selectors, budgets, policies and Services of their own', () => {
    const fullname = 'events-comapi-webhook-receiver';
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(
      components.map((component) => `${fullname}-${component}`),
    );
    const selectors = deployments.map(({ spec }) => spec.selector.matchLabels);
    expect(new Set(selectors.map((labels) => JSON.stringify(labels))).size).toBe(3);
    for (const [index, component] of components.entries()) {
      const selector = selectors[index];
      expect(deployments[index]?.spec.template.metadata.labels).toMatchObject(selector);
      expect(pick(manifests, 'PodDisruptionBudget', component).spec.selector.matchLabels).toEqual(selector);
      const policy = pick(manifests, 'NetworkPolicy', component).spec;
      expect(policy.podSelector.matchLabels).toEqual(selector);
      expect(policy.ingress).toHaveLength(1);
      const service = pick(manifests, 'Service', component);
      expect(service.spec.selector).toEqual(selector);
      expect(service.metadata.name).toBe(`${fullname}-${component}-metrics`);
    }
    for (const kind of ['Deployment', 'PodDisruptionBudget', 'NetworkPolicy', 'Service']) {
      const names = ofKind(manifests, kind).map(({ metadata }) => metadata.name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('are all scraped and watched', () => {
    const [{ values }] = pick(manifests, 'PodMonitor').spec.selector.matchExpressions;
    expect(values).toEqual(['receiver', ...components]);
    const rules = JSON.stringify(pick(manifests, 'PrometheusRule').spec);
    expect(rules).toContain('-(receiver|filter|filter-messages|filter-inbound)-metrics');
  });
});

describe('the notes name', () => {
  test('topics that no filter reads', () => {
    const filters = [{ name: 'messages', topic: 'messages' }];
    const lines = notes({ ...everything, revisionFilter: { enabled: true, filters } });
    expect(lines).toMatch(
      /filter: no filter reads comapi\.events, inbound, so their latest states are not kept/,
    );
    expect(notes(everything)).not.toContain('no filter reads');
    const own = [{ existingSecret: 's', topic: 'own', topicRules: [] }];
    const ofOwn = { enabled: true, filters: [{ topic: 'own' }] };
    expect(notes({ ...everything, webhooks: own, revisionFilter: ofOwn })).not.toContain('no filter reads');
    expect(notes({ ...everything, webhooks: own, revisionFilter: { enabled: true } })).toContain(
      'no filter reads own,',
    );
  });

  test('every topic that has to be there', () => {
    expect(notes(everything)).toMatch(
      /Until comapi\.events, inbound, messages, comapi\.events\.dead-letter, comapi\.events\.latest, messages\.latest, inbound\.latest exist/,
    );
  });
});

const withFilters = (...filters: Values[]): Values => ({ store, revisionFilter: { enabled: true, filters } });
const withRules = (...rules: Values[]): Values => ({ store: { topicRules: rules } });

describeRefusals([
  [
    'two filters of one name',
    withFilters({ name: 'a', topic: 'messages' }, { name: 'a', topic: 'inbound' }),
    /filters\[1\]\.name is "a", the name of another filter/,
  ],
  [
    'two filters of one topic',
    withFilters({}, { name: 'a', topic: 'comapi.events' }),
    /filters\[1\]\.topic is "comapi\.events", the topic of another filter: use one filter and raise its replicaCount/,
  ],
  [
    'a filter of a topic without events',
    withFilters({ topic: 'mesages' }),
    /filters\[0\]\.topic is "mesages", but no events go there/,
  ],
  [
    'one group for two topics',
    {
      store,
      revisionFilter: {
        enabled: true,
        filters: [{ groupId: 'g' }, { name: 'a', topic: 'messages', groupId: 'g' }],
      },
    },
    /filters\[1\] has the consumer group g of another filter/,
  ],
  [
    'filters that would not run',
    { revisionFilter: { filters: [{}] } },
    /revisionFilter\.filters is set but revisionFilter\.enabled is false/,
  ],
  [
    'names that do not fit into a label',
    { ...withFilters({ name: 'a-name-of-20-letters', topic: 'messages' }), fullnameOverride: 'a'.repeat(45) },
    /filters\[0\]\.name is too long for the name of the release/,
  ],
  [
    'a rule after one for its family',
    withRules({ events: 'chat.*', topic: 'a' }, { events: 'chat.closed', topic: 'b' }),
    /store\.topicRules\[1\]\.events is "chat\.closed", which an earlier rule already matches/,
  ],
  [
    'a family with a dot',
    withRules({ events: 'chat.closed.*', topic: 'a' }),
    /store\.topicRules\[0\]\.events is "chat\.closed\.\*": a family is the part before the first dot, as in chat\.\*/,
  ],
  [
    'latest states among events',
    withRules({ events: 'a', topic: 'comapi.events.latest' }),
    /comapi\.events\.latest, for the latest states of comapi\.events, is also a topic of events/,
  ],
  [
    'latest states among dead letters',
    { kafka: { ...minimalValues.kafka, deadLetterTopic: 'comapi.events.latest' } },
    /comapi\.events\.latest, for the latest states of comapi\.events, is also a topic of dead letters/,
  ],
  [
    'events of a rule among dead letters',
    withRules({ events: 'a', topic: 'comapi.events.dead-letter' }),
    /store\.topicRules\[0\]\.topic is "comapi\.events\.dead-letter", a topic of dead letters/,
  ],
]);
