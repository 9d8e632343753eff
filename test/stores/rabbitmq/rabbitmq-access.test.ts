import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRabbitMqAccess, type RabbitMqAccess } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';

function inFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'test-rabbitmq-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'file'), text);
  return join(directory, 'file');
}

const read = ({ readServers }: RabbitMqAccess) => readServers(5_000);

test('the file with the URLs is read anew each time, and shown without passwords', async () => {
  const file = inFile('amqp://me:first@a,amqp://me:first@b\n');
  const access = createRabbitMqAccess({ url: { file }, allowPlaintext: true, tls: {} });
  expect(access.describe()).toBe('amqp://a:5672, amqp://b:5672');
  writeFileSync(file, 'amqp://me:second@a');
  expect(await read(access)).toMatchObject([{ address: { host: 'a', password: 'second' }, tls: undefined }]);
  writeFileSync(file, 'nothing');
  await expect(read(access)).rejects.toThrow('is not amqp://');
});

test('a file that has a password without TLS by now is not used', async () => {
  const file = inFile('amqps://me:hidden@a');
  const access = createRabbitMqAccess({ url: { file }, allowPlaintext: false, tls: {} });
  expect(await read(access)).toMatchObject([{ address: { password: 'hidden' } }]);
  writeFileSync(file, 'amqp://me:hidden@a');
  await expect(read(access)).rejects.toThrow('contains a password but no TLS');
});

test('certificates come from their files, the name from the configuration', async () => {
  const caFile = inFile('ca');
  const access = createRabbitMqAccess({
    url: { text: 'amqps://a' },
    allowPlaintext: false,
    tls: { caFile, serverName: 'name' },
  });
  expect(await read(access)).toMatchObject([{ tls: { ca: 'ca', servername: 'name' } }]);
});
