import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/runtime/logger.ts';
import { ensureTopics } from '../../src/stores/kafka/cluster/topics/ensure-topics.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';

async function setUp() {
  const bootstrap = await kafkaBrokers();
  const id = randomUUID();
  const names = { events: `e-${id}`, deadLetter: `d-${id}`, latest: `l-${id}` };
  const ensure = (dryRun: boolean) =>
    ensureTopics({
      connection: { brokers: bootstrap.split(',') },
      names: [names],
      partitionCount: 4,
      maxBodyBytes: 10_485_760,
      windowMs: 259_200_000,
      dryRun,
      logger: createLogger('silent'),
    });
  return { bootstrap, names, ensure };
}

describe('ensureTopics', () => {
  it('leaves an existing topic as it is, says how it differs, and follows its partitions', async () => {
    const { bootstrap, names, ensure } = await setUp();
    await createTopic(bootstrap, names.events, { partitions: 7, configs: { 'max.message.bytes': '500000' } });
    await createTopic(bootstrap, names.deadLetter, {
      partitions: 3,
      configs: { 'cleanup.policy': 'compact' },
    });

    const [events, deadLetter, latest] = await ensure(false);

    expect(events?.outcome).toBe('present');
    expect(events?.differences).toContainEqual({ setting: 'partitions', wanted: '4', actual: '7' });
    expect(events?.findings.map(({ message }) => message).join(' ')).toContain('max.message.bytes is 500000');
    expect(deadLetter?.differences).toContainEqual({
      setting: 'cleanup.policy',
      wanted: 'delete',
      actual: 'compact',
    });
    expect(deadLetter?.findings.some(({ verdict }) => verdict === 'error')).toBe(true);
    expect(latest).toMatchObject({ outcome: 'created', partitionCount: 7 });
  });

  it('says that two topics with another number of partitions cannot work together', async () => {
    const { bootstrap, names, ensure } = await setUp();
    await createTopic(bootstrap, names.events, { partitions: 4 });
    await createTopic(bootstrap, names.latest, { partitions: 2, configs: { 'cleanup.policy': 'compact' } });
    const latest = (await ensure(false)).find(({ topic }) => topic === names.latest);
    expect(latest?.findings.map(({ message }) => message).join(' ')).toContain(
      `${names.events} has 4 partitions, ${names.latest} has 2: both need the same number.`,
    );
  });
});
