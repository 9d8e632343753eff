import { describe, expect, test } from 'vitest';
import { parseTopicSetting, printTopics } from '../../src/commands/topics-command.ts';
import { UsageError } from '../../src/runtime/errors.ts';
import { runCommand } from '../support/run-command.ts';

describe('topics command', () => {
  test.each([
    [
      ['--replication-factor', '2', '--min-insync-replicas', '2'],
      {},
      'KAFKA_BROKERS: is missing: set it to the host:port of at least one broker, or set RABBITMQ_URL or REDIS_URL.',
    ],
    [
      ['--replication-factor', '1', '--min-insync-replicas', '2'],
      { KAFKA_BROKERS: '127.0.0.1:1' },
      '--min-insync-replicas must not exceed --replication-factor',
    ],
  ])('%j with %j exits with 2', async (args, env, sentence) => {
    const { code, stderr } = await runCommand(['topics', ...args], env);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});

test.each([
  [{ outcome: 'created' }, 0],
  [{ outcome: 'missing' }, 1],
  [{ findings: [{ verdict: 'warning', message: 'has one replica.' }] }, 0],
  [{ findings: [{ verdict: 'error', message: 'is compacted.' }] }, 1],
] as const)('a topic with %j makes the exit code %i', (given, code) => {
  const differences = [{ setting: 'retention.ms', wanted: '7', actual: '1' }];
  const usual = { topic: 'a', outcome: 'present', partitionCount: 3, replicationFactor: undefined } as const;
  const report = { ...usual, differences, findings: [], ...given };
  const { outcome, findings } = report;
  const found = findings.map(({ verdict, message }) => `${verdict}: a: ${message}\n`).join('');
  expect(printTopics([report])).toEqual({
    text: `TOPIC  STATE    PARTITIONS  REPLICAS\na      ${outcome}  3           -\n${found}differs: a: retention.ms is 1, but a new topic would get 7\n`,
    code,
  });
  expect(JSON.parse(printTopics([report], true).text)).toMatchObject([{ outcome }]);
});

describe('parse topic setting', () => {
  test.each([
    ['retention.ms=86400000', undefined, 'retention.ms', '86400000'],
    ['x-max-length=5', undefined, 'x-max-length', '5'],
    ['dead-letter:retention.ms=-1', 'dead-letter', 'retention.ms', '-1'],
    ['events:segment.bytes=1', 'events', 'segment.bytes', '1'],
    ['latest:preallocate=true', 'latest', 'preallocate', 'true'],
    [
      'leader.replication.throttled.replicas=0:1,1:2',
      undefined,
      'leader.replication.throttled.replicas',
      '0:1,1:2',
    ],
    ['events:x=a=b', 'events', 'x', 'a=b'],
  ] as const)('%s', (text, role, name, value) => {
    expect(parseTopicSetting(text)).toEqual({ role, name, value });
  });

  test.each([
    '',
    'retention.ms',
    'retention.ms=',
    '=1',
    'Retention.ms=1',
    '.ms=1',
    ' retention.ms=1',
    'dead_letter:retention.ms=1',
    ':retention.ms=1',
    'events:=1',
    'events:latest:retention.ms=1',
  ])('%j is no setting, and the message gives an example', (text) => {
    expect(() => parseTopicSetting(text)).toThrow(UsageError);
    expect(() => parseTopicSetting(text)).toThrow('for example dead-letter:retention.ms=-1');
  });

  test.each([
    ['min.insync.replicas=1', 'use --min-insync-replicas'],
    ['latest:cleanup.policy=delete', 'latest states must be'],
  ])('%s is settled elsewhere', (text, advice) => {
    expect(() => parseTopicSetting(text)).toThrow(UsageError);
    expect(() => parseTopicSetting(text)).toThrow(advice);
  });

  test('a name that every object has is a name like any other', () => {
    expect(parseTopicSetting('constructor=1')).toEqual({ role: undefined, name: 'constructor', value: '1' });
  });
});
