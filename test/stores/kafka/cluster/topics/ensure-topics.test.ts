import { expect, test } from 'vitest';
import { createLogger } from '../../../../../src/runtime/logger.ts';
import { ensureTopics } from '../../../../../src/stores/kafka/cluster/topics/ensure-topics.ts';
import type { BrokerHooks, RequestFault } from '../../../../simulation/kafka/broker-session.ts';
import type { ClusterSnapshot } from '../../../../simulation/kafka/cluster-snapshot.ts';
import { inVirtualTime } from '../../../../support/in-virtual-time.ts';
import { createTopics, teachCreations } from '../../../../support/kafka/model-creations.ts';
import { startModelCluster } from '../../../../support/kafka/start-model-cluster.ts';
import { testTopics } from '../../../../support/topic-facts.ts';

const [metadata, describeConfigs] = [3, 32];
const allCreated = ['events created 4', 'dead created 3', 'latest created 4'];

interface Given extends Pick<BrokerHooks, 'editView'> {
  readonly brokerCount?: number;
  readonly refuse?: Parameters<typeof teachCreations>[0];
  /** Returns the fault of a request. @param attempt number of the request of this kind */
  readonly fail?: (apiKey: number, attempt: number) => RequestFault;
}

/** Starts three brokers. The first one is the controller. */
async function setUp({ brokerCount = 3, refuse = () => undefined, fail = () => ({}), ...hooks }: Given = {}) {
  const counts = new Map<number, number>();
  const asked = (apiKey: number) => counts.get(apiKey) ?? 0;
  const { cluster, connection } = await startModelCluster(brokerCount, {
    ...hooks,
    onRequest({ apiKey }) {
      counts.set(apiKey, asked(apiKey) + 1);
      return fail(apiKey, asked(apiKey));
    },
  });
  const shared = { connection, names: [testTopics], logger: createLogger('silent') };
  const sizes = { partitionCount: 4, maxBodyBytes: 1_000, windowMs: 259_200_000 };
  return {
    cluster,
    brokers: connection.brokers.join(', '),
    asked,
    creations: teachCreations(refuse),
    ensure: (options: Partial<Parameters<typeof ensureTopics>[0]> = {}) =>
      ensureTopics({ ...shared, ...sizes, dryRun: false, ...options }),
  };
}

const summarize = (reports: Awaited<ReturnType<typeof ensureTopics>>) =>
  reports.map(({ topic, outcome, partitionCount }) => `${topic} ${outcome} ${partitionCount}`);

const hide = (view: ClusterSnapshot, name: string): ClusterSnapshot => ({
  ...view,
  topics: new Map([...view.topics].filter(([topic]) => topic !== name)),
});

test('what is missing is made as three brokers allow, once', () =>
  inVirtualTime(async () => {
    const { ensure, creations } = await setUp();
    const reports = await ensure();
    const insync = { 'min.insync.replicas': '2' };
    const days = { 'cleanup.policy': 'delete', 'retention.ms': '604800000' };
    const month = { 'cleanup.policy': 'delete', 'retention.ms': '2592000000' };
    const compacted = { 'cleanup.policy': 'compact', 'delete.retention.ms': '1209600000' };
    expect(creations).toMatchObject([{ broker: 1, timeoutMs: 5_000, validateOnly: 0 }]);
    expect(creations[0]?.topics).toEqual([
      ['events', 4, 3, { ...insync, ...days }],
      ['dead', 3, 3, { ...insync, ...month, 'max.message.bytes': '12582912' }],
      ['latest', 4, 3, { ...insync, ...compacted }],
    ]);
    expect(summarize(reports)).toEqual(allCreated);
    expect(reports.flatMap(({ differences, findings }) => [...differences, ...findings])).toEqual([]);
    expect(summarize(await ensure())).toEqual(['events present 4', 'dead present 3', 'latest present 4']);
    expect(creations).toHaveLength(1);
  }));

test('a dry run says what would be made, and makes nothing', () =>
  inVirtualTime(async () => {
    const { ensure, asked } = await setUp();
    const reports = await ensure({ dryRun: true });
    expect(summarize(reports)).toEqual(['events missing 4', 'dead missing 3', 'latest missing 4']);
    expect([asked(metadata), asked(createTopics.apiKey)]).toEqual([1, 0]);
  }));

test.for([
  ['for as long as those are', { 'segment.ms': '1000' }, undefined, {}, '604801000'],
  ['for the time that was chosen', {}, '5', {}, '5'],
  [
    'as beside new ones when the settings may not be read',
    { 'retention.ms': '1' },
    undefined,
    { error: 'TOPIC_AUTHORIZATION_FAILED' },
    '1209600000',
  ],
] as const)('beside events that are there, tombstones are kept %s', ([, settings, chosen, fault, keptMs]) =>
  inVirtualTime(async () => {
    const fail = (apiKey: number) => (apiKey === describeConfigs ? fault : {});
    const { ensure, cluster, creations } = await setUp({ fail });
    cluster.addTopic({ name: 'events', partitionCount: 7, settings });
    const name = 'delete.retention.ms';
    const chosenSettings = chosen === undefined ? [] : [{ role: 'latest' as const, name, value: chosen }];
    const reports = await ensure({ chosenSettings });
    expect(creations[0]?.topics.map(([topic, partitions]) => [topic, partitions])).toEqual([
      ['dead', 3],
      ['latest', 7],
    ]);
    expect(creations[0]?.topics[1]?.[3]).toMatchObject({ [name]: keptMs });
    expect(summarize(reports)).toEqual(['events present 7', 'dead created 3', 'latest created 7']);
    expect(reports[0]?.differences[0]).toEqual({ setting: 'partitions', wanted: '4', actual: '7' });
    expect(reports[2]?.differences.map(({ setting }) => setting)).not.toContain('partitions');
  }),
);

test('a topic that is there is judged beside events that were made', () =>
  inVirtualTime(async () => {
    const { ensure, cluster } = await setUp();
    const settings = { 'cleanup.policy': 'compact', 'delete.retention.ms': '1209600000' };
    const min = { 'min.insync.replicas': '2' };
    cluster.addTopic({ name: 'latest', partitionCount: 2, settings: { ...settings, ...min } });
    const [, , latest] = await ensure();
    expect(latest?.findings).toEqual([
      { verdict: 'error', message: 'events has 4 partitions but latest has 2: both need the same number.' },
    ]);
  }));

test('replicas that new topics cannot have are refused before anything is made', () =>
  inVirtualTime(async () => {
    const { ensure, asked, cluster } = await setUp();
    cluster.addTopic({ name: 'events', partitionCount: 4 });
    const refused = ensure({ replicationFactor: 4 });
    await expect(refused).rejects.toThrow(/^the topic dead needs 4 brokers .*, but the cluster has 3\. /);
    expect(asked(createTopics.apiKey)).toBe(0);
    await ensure();
    const present = await ensure({ replicationFactor: 4 });
    expect(present.map(({ outcome }) => outcome)).toEqual(['present', 'present', 'present']);
  }));

const policy = "dead: POLICY_VIOLATION (44): a policy of the cluster forbids this: see the broker's log";
const right =
  'latest: TOPIC_AUTHORIZATION_FAILED (29): this client lacks the permission Create on topic latest, which the request CreateTopics needs: grant this permission ';

test.for([
  [{ dead: 'POLICY_VIOLATION' }, policy],
  [
    { events: 'TOPIC_ALREADY_EXISTS', dead: 'POLICY_VIOLATION', latest: 'TOPIC_AUTHORIZATION_FAILED' },
    `${policy}; ${right}`,
  ],
] as const)('says why brokers refuse topics, if none has made them meanwhile: %o', ([given, reasons]) =>
  inVirtualTime(async () => {
    const errors: Readonly<Record<string, string>> = given;
    const { ensure, brokers } = await setUp({ refuse: (topic) => errors[topic] });
    await expect(ensure()).rejects.toThrow(`Kafka (${brokers}) did not create these topics: ${reasons}`);
  }),
);

test('when another broker has become the controller, it is asked', () =>
  inVirtualTime(async () => {
    let controller = 1;
    const { ensure, creations } = await setUp({
      refuse(topic, attempt) {
        controller = 2;
        return attempt === 1 && topic === 'dead' ? 'NOT_CONTROLLER' : undefined;
      },
      editView: (_asked, view) => ({
        ...view,
        brokers: view.brokers.toSorted((a, b) => Math.abs(a.id - controller) - Math.abs(b.id - controller)),
      }),
    });
    expect(summarize(await ensure())).toEqual(allCreated);
    expect(creations.map(({ broker }) => broker)).toEqual([1, 2]);
  }));

test('asked again after seven seconds without an answer, the controller has made the topics', () =>
  inVirtualTime(async () => {
    const { ensure, creations } = await setUp({
      fail: (apiKey, attempt) => ({ isSilent: apiKey === createTopics.apiKey && attempt === 1 }),
    });
    expect(summarize(await ensure())).toEqual(allCreated);
    expect(creations).toHaveLength(2);
    const [first = 0, second = 0] = creations.map(({ atMs }) => atMs);
    expect(Math.floor((second - first) / 1_000)).toBe(7);
  }));

test('brokers may hear late of a new topic, up to ten seconds', () =>
  inVirtualTime(async () => {
    let hiddenAnswers = 4;
    const { ensure, asked, creations } = await setUp({
      editView: (_asked, view) => (creations.length > 0 && hiddenAnswers-- > 0 ? hide(view, 'latest') : view),
    });
    expect(summarize(await ensure())).toEqual(allCreated);
    // One Metadata request comes before the topics are created, one finds the controller, and five come after the
    // creation.
    expect(asked(metadata)).toBe(7);
    const [{ atMs } = { atMs: 0 }] = creations;
    expect(performance.now() - atMs).toBeGreaterThanOrEqual(800);
  }));

test('a new topic that no broker is notified of in ten seconds is missing', () =>
  inVirtualTime(async () => {
    const { ensure, asked } = await setUp({ editView: (_asked, view) => hide(view, 'latest') });
    expect(summarize(await ensure())).toEqual(['events created 4', 'dead created 3', 'latest missing 4']);
    expect(asked(metadata)).toBe(2 + 50);
  }));
