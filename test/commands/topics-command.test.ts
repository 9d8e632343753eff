import { describe, expect, test } from 'vitest';
import { parseTopicSetting, printTopics } from '../../src/commands/topics-command.ts';
import { UsageError } from '../../src/runtime/errors.ts';
import { freePorts } from '../support/free-ports.ts';
import { runCommand } from '../support/run-command.ts';
import { startSocketServer } from '../support/start-socket-server.ts';

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

describe('topics command without Kafka', () => {
  /** Time within which the command must end by itself. */
  const timeoutMs = 30_000;
  const hint =
    'If this is the topics job of the Helm chart, the running release has not been changed. Repeat the upgrade when the store is available, or skip the job with topics.create=false.';

  async function whenUnavailable(port: number, env: Readonly<Record<string, string>>) {
    const { code, stderr } = await runCommand(['topics'], { KAFKA_BROKERS: `127.0.0.1:${port}`, ...env });
    expect(code).toBe(2);
    expect(stderr).toContain(`error: Kafka (127.0.0.1:${port}) is unavailable: `);
    return stderr;
  }

  test.each([
    ['nothing listens', async () => (await freePorts(1))[0] ?? 0, 'ECONNREFUSED'],
    ['a server accepts connections and never responds', () => startSocketServer(() => {}), 'within 2000 ms'],
  ])(
    'if %s, ends within 30 s with a plain message',
    async (_what, listen, cause) => {
      const stderr = await whenUnavailable(await listen(), { KUBERNETES_SERVICE_HOST: '10.96.0.1' });
      expect(stderr).toContain(cause);
      expect(stderr).toContain(`. ${hint}\n`);
    },
    timeoutMs,
  );

  test(
    'does not mention Helm outside of Kubernetes',
    async () => {
      const [port = 0] = await freePorts(1);
      expect(await whenUnavailable(port, {})).not.toContain('Helm');
    },
    timeoutMs,
  );
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
    ['latest:cleanup.policy=delete', 'latest-state topics must be compacted'],
  ])('%s is settled elsewhere', (text, advice) => {
    expect(() => parseTopicSetting(text)).toThrow(UsageError);
    expect(() => parseTopicSetting(text)).toThrow(advice);
  });

  test('a name that every object has is a name like any other', () => {
    expect(parseTopicSetting('constructor=1')).toEqual({ role: undefined, name: 'constructor', value: '1' });
  });
});
