import { afterAll, beforeEach } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from './provider-api-server.ts';

/** Provides one server for all tests of a file. The server is reset before each test. */
export async function provideProviderApi(): Promise<ProviderApiServer> {
  const provider = await startProviderApiServer();
  afterAll(() => provider.close());
  beforeEach(() => provider.reset());
  return provider;
}
