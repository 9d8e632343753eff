import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { messagesTimeoutMs, proveMessages } from '../support/reconcile-messages.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
afterAll(() => provider.close());

test(
  'names on a journal: each missing state of 10,000 messages is found, and no other',
  async () => {
    const dataDir = temporaryDirectory();
    const env = { DATA_DIR: dataDir };
    await proveMessages(provider, env, {
      topic: 'comapi.events',
      events: 48_000,
      // The journal has one writer: states that were asked for need no pause of it.
      whenStored: () => startReceiverProcess({ ...env, WEBHOOK_SECRET: 'a-secret-of-the-test' }),
    });
    expect(readdirSync(dataDir).toSorted()).toEqual(['journal', 'reconciled']);
  },
  messagesTimeoutMs,
);
