import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConnectionOptions as readOptions } from '../../../src/kafka/kafkajs/connection-options.ts';
import type { KafkaAccess } from '../../../src/kafka/kafkajs/kafka-access.ts';
import { createLogger } from '../../../src/runtime/logger.ts';

const directory = mkdtempSync(join(tmpdir(), 'connection-options-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const readConnectionOptions = (access: KafkaAccess) => readOptions(access, createLogger('silent'));

const base = { brokers: ['b:1'], clientId: 'me' };

describe('readConnectionOptions', () => {
  it('has neither TLS nor SASL unless configured', () => {
    expect(readConnectionOptions(base)).toEqual({ clientId: 'me', ssl: null, sasl: null });
  });

  it('turns TLS on without files: the authorities that Node knows are trusted', () => {
    expect(readConnectionOptions({ ...base, tls: {} }).ssl).toEqual({});
  });

  it('reads the files each time', () => {
    const passwordFile = file('password', 'first\n');
    const tls = {
      ca: { file: file('ca', 'CA') },
      cert: { file: file('cert', 'CERT') },
      key: { file: file('key', 'KEY') },
    };
    const connection = { ...base, tls, sasl: { mechanism: 'plain', username: 'u', passwordFile } as const };
    expect(readConnectionOptions(connection)).toMatchObject({
      ssl: { ca: 'CA', cert: 'CERT', key: 'KEY' },
      sasl: { mechanism: 'plain', username: 'u', password: 'first' },
    });
    file('password', 'second');
    expect(readConnectionOptions(connection).sasl).toMatchObject({ password: 'second' });
  });

  it('names the file that cannot be read', () => {
    const tls = { ca: { file: join(directory, 'nowhere') } };
    expect(() => readConnectionOptions({ ...base, tls })).toThrow('nowhere');
  });
});
