import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { HostCertificate } from './host-certificate.ts';

export interface Relay {
  readonly port: number;
  close(): void;
}

/** Lets pods reach what listens on this machine's loopback only; with a certificate over TLS. */
export async function startRelay(
  host: string,
  targetPort: number,
  certificate?: HostCertificate,
): Promise<Relay> {
  const sockets = new Set<Socket>();
  function forward(inner: Socket): void {
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
    close() {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
