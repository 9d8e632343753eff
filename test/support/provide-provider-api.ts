import { afterAll, beforeEach } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from './provider-api-server.ts';

/** One for all tests of a file, as at its start for each. */
export async function provideProviderApi(): Promise<ProviderApiServer> {
  const provider = await startProviderApiServer();
  afterAll(() => provider.close());
  beforeEach(() => provider.reset());
  return provider;
}
