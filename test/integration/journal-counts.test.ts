import { afterAll, beforeAll, test } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { countsTimeoutMs, proveCounts } from '../support/reconcile-counts.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
afterAll(() => provider.close());

test(
  'counts on a journal: every event that is missing is found, and no other',
  async () => {
    await proveCounts(provider, { DATA_DIR: temporaryDirectory() });
  },
  countsTimeoutMs,
);
