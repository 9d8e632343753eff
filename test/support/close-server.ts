import { once } from 'node:events';
import type { Server } from 'node:net';

/** @param cutAll ends its connections: a server closes with the last one */
export async function closeServer(server: Server, cutAll: () => void): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  cutAll();
  await closed;
}
