import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RedisAccess } from './redis-access.ts';

interface SocketListener {
  /** TCP and TLS stand. */
  onOpen(): void;
  onBytes(bytes: Buffer): void;
  /** It is of no use any more; may be called more than once. */
  onEnd(error: Error): void;
}

/** A socket whose every end is heard from its first moment on. @throws {Error} for certificates that cannot be used */
export function openSocket({ address, tls }: RedisAccess, listener: SocketListener): Socket {
  const { host, port } = address;
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const socket = tls === undefined ? connect(options) : connectTls({ ...options, ...tls });
  return (
    socket
      .on(tls === undefined ? 'connect' : 'secureConnect', () => listener.onOpen())
      .on('data', (bytes: Buffer) => listener.onBytes(bytes))
      .on('error', (error) => listener.onEnd(error))
      // A peer that has ended its half answers nothing more, whether or not it reads.
      .on('end', () => listener.onEnd(new Error('the server ended the connection')))
      .on('close', () => listener.onEnd(new Error('the connection was lost')))
  );
}
