import { describe, expect, test } from 'vitest';
import { loadCommandConfig } from '../../src/config/command-config.ts';
import { recordVariables } from '../../src/config/record-config.ts';
import { readVariables } from '../../src/config/variables.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

const read = (env: Env, problems: ConfigProblem[] = []) => readVariables(recordVariables, env, problems);
const readKeyRules = (env: Env, problems: ConfigProblem[]) => read(env, problems).keyRules;
const readHeaders = (env: Env, problems: ConfigProblem[]) => read(env, problems).recordHeaders;

describe('record config', () => {
  test('has rules for every family by default, and those that are set', () => {
    expect(readKeyRules({}, []).families.has('conversation')).toBe(true);
    expect(readKeyRules({ KEY_RULES: '*=id,a.b' }, []).otherwise).toEqual([['id'], ['a', 'b']]);
  });

  test('rules that cannot be read are a problem', () => {
    const problems: ConfigProblem[] = [];
    readKeyRules({ KEY_RULES: 'nonsense' }, problems);
    expect(problems).toEqual([
      { variable: 'KEY_RULES', message: 'rule 1 does not have the form family=path,path.' },
    ]);
  });
});

describe('record headers config', () => {
  test('are none by default, and those that are set', () => {
    expect(readHeaders({}, [])).toEqual({});
    expect(readHeaders({ RECORD_HEADERS: '' }, [])).toEqual({});
    expect(readHeaders({ RECORD_HEADERS: 'a=1,b=2' }, [])).toEqual({ a: '1', b: '2' });
  });

  test('headers that cannot be read are a problem', () => {
    const problems: ConfigProblem[] = [];
    expect(readHeaders({ RECORD_HEADERS: 'a' }, problems)).toEqual({});
    expect(problems).toEqual([{ variable: 'RECORD_HEADERS', message: 'header 1 is not name=value.' }]);
  });

  test.each(['CC', 'BCC'])('%s is a problem where RabbitMQ would route by it, and only there', (name) => {
    const headers = { RECORD_HEADERS: `a=1,${name}=b` };
    expect(() => loadCommandConfig({ ...headers, RABBITMQ_URL: 'amqp://a' })).toThrow(
      `RECORD_HEADERS: contains the header ${name}`,
    );
    const kafka = loadCommandConfig({ ...headers, KAFKA_BROKERS: 'a:1' });
    expect(kafka.recordRules.recordHeaders).toEqual({ a: '1', [name]: 'b' });
    const { recordRules } = loadCommandConfig({ RECORD_HEADERS: 'cc=b', RABBITMQ_URL: 'amqp://a' });
    expect(recordRules.recordHeaders).toEqual({ cc: 'b' });
  });
});
