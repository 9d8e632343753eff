import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { HostCertificate } from './host-certificate.ts';

export type Relay = Awaited<ReturnType<typeof startRelay>>;

/** Forwards connections from pods to a loopback port of this machine. Serves TLS if a certificate is given. */
export async function startRelay(host: string, targetPort: number, certificate?: HostCertificate) {
  const sockets = new Set<Socket>();
  const cut = new Set<string | undefined>();
  function forward(inner: Socket): void {
    if (cut.has(inner.remoteAddress)) {
      inner.destroy();
      return;
    }
    const outer = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
  const server =
    certificate === undefined
      ? createServer(forward)
      : createTlsServer({ cert: certificate.certificate, key: certificate.key }, forward);
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    /**
     * Closes all connections of one client and rejects its new connections.
     * @returns the number of closed connections
     */
    cutOff(client: string) {
      cut.add(client);
      const theirs = [...sockets].filter(({ remoteAddress }) => remoteAddress === client);
      for (const socket of theirs) {
        socket.destroy();
      }
      return theirs.length;
    },
    letIn: (client: string) => void cut.delete(client),
    close() {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
