import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { namesTimeoutMs, proveNames } from '../support/reconcile-names.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
afterAll(() => provider.close());

test(
  'names on a journal: each missing state of 20,000 messages is found, and no other',
  async () => {
    const dataDir = temporaryDirectory();
    const directory = join(dataDir, 'reconciled');
    const env = { DATA_DIR: dataDir };
    await proveNames(provider, env, {
      topic: 'comapi.events',
      // The journal has one writer: states that were asked for need no pause of it.
      whenStored: () => startReceiverProcess({ ...env, WEBHOOK_SECRET: 'a-secret-of-the-test' }),
      readReconciled: async () =>
        readdirSync(directory)
          .filter((name) => name.endsWith('.jsonl'))
          .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line)),
    });
    expect(readdirSync(dataDir).toSorted()).toEqual(['journal', 'reconciled']);
  },
  namesTimeoutMs,
);
