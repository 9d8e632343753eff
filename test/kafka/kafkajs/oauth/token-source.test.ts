import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTokenSource } from '../../../../src/kafka/kafkajs/oauth/token-source.ts';
import { temporaryDirectory } from '../../../support/test-receiver.ts';

test('reads the file each time, without the line end', async () => {
  const file = join(temporaryDirectory(), 'token');
  const tokens = createTokenSource({ provider: 'token-file', tokenFile: file, extensions: { a: 'b' } });
  writeFileSync(file, 'first\n');
  expect(await tokens.current()).toEqual({ value: 'first', extensions: { a: 'b' } });
  writeFileSync(file, 'second');
  expect(await tokens.current()).toMatchObject({ value: 'second' });
  writeFileSync(file, '\n');
  await expect(tokens.current()).rejects.toThrow('KAFKA_OAUTH_TOKEN_FILE holds no token: it is empty');
  for (const text of ['not a token', 'token\n\n', 'token\0']) {
    writeFileSync(file, text);
    await expect(tokens.current()).rejects.toThrow(/characters that no token has$/);
  }
  rmSync(file);
  await expect(tokens.current()).rejects.toMatchObject({ reason: 'authentication' });
});
