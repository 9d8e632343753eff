import { expect, test } from 'vitest';
import { loadCommandConfig } from '../../src/config/command-config.ts';
import { readRecordHeaders } from '../../src/config/record-headers-config.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

test('are none by default, and those that are set', () => {
  expect(readRecordHeaders({}, [])).toBeUndefined();
  expect(readRecordHeaders({ RECORD_HEADERS: '' }, [])).toBeUndefined();
  expect(readRecordHeaders({ RECORD_HEADERS: 'a=1,b=2' }, [])).toEqual({ a: '1', b: '2' });
});

test('headers that cannot be read are a problem', () => {
  const problems: ConfigProblem[] = [];
  expect(readRecordHeaders({ RECORD_HEADERS: 'a' }, problems)).toBeUndefined();
  expect(problems).toEqual([{ variable: 'RECORD_HEADERS', message: 'header 1 is not name=value.' }]);
});

test.each(['CC', 'BCC'])('%s is a problem where RabbitMQ would route by it, and only there', (name) => {
  const headers = { RECORD_HEADERS: `a=1,${name}=b` };
  expect(() => loadCommandConfig({ ...headers, RABBITMQ_URL: 'amqp://a' })).toThrow(
    `RECORD_HEADERS: has the header ${name}`,
  );
  const kafka = loadCommandConfig({ ...headers, KAFKA_BROKERS: 'a:1' });
  expect(kafka.recordHeaders).toEqual({ a: '1', [name]: 'b' });
  const { recordHeaders } = loadCommandConfig({ RECORD_HEADERS: 'cc=b', RABBITMQ_URL: 'amqp://a' });
  expect(recordHeaders).toEqual({ cc: 'b' });
});
