import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { closeServer, trackSockets } from '../close-server.ts';
import { freePorts } from '../free-ports.ts';

interface TlsFrontOptions {
  readonly to: number;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Terminates TLS in front of a server, as a provider's proxy does. The server in the tests is built without TLS. */
export async function startTlsFront(options: TlsFrontOptions) {
  const { to, certFile, keyFile } = options;
  const [port = 0] = await freePorts(1);
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = createServer(tls, (client) => {
    const behind = connect(to, '127.0.0.1');
    client.pipe(behind).pipe(client);
    client.on('error', () => behind.destroy());
    behind.on('error', () => client.destroy());
    client.on('close', () => behind.destroy());
  });
  server.on('tlsClientError', () => {});
  const { cutAll } = trackSockets(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    close: () => closeServer(server, cutAll),
  };
}
