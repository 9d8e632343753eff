import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Attack } from './attack.ts';

/** Time in milliseconds after which a proxy reuses its connection to the receiver for another client. */
const defaultStayMs = 10;

export interface AttackConnection {
  readonly socket: Socket;
  /** TCP socket of the connection. With TLS, this is the socket below the TLS socket. */
  readonly tcp: Socket;
}

export function connectPlainly(port: number): () => AttackConnection {
  return () => {
    const tcp = connectTcp({ port, host: '127.0.0.1' });
    return { tcp, socket: tcp };
  };
}

/** Opens a connection. @param authority certificate authority in PEM */
export function connectByTls(port: number, authority: string): () => AttackConnection {
  return () => {
    const tcp = connectTcp({ port, host: '127.0.0.1' });
    tcp.on('error', () => tcp.destroy());
    return { tcp, socket: connectTls({ socket: tcp, host: '127.0.0.1', ca: authority }) };
  };
}

/**
 * Runs an attack. Returns all bytes that arrive until the other side closes the connection, or until the attacker
 * closes it some time after the first answer.
 */
export async function runAttack(
  connect: () => AttackConnection,
  attack: Attack,
  stayMs = defaultStayMs,
): Promise<string> {
  const { socket, tcp } = connect();
  let received = '';
  const heard = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  socket.on('data', (data) => {
    received += data.toString('latin1');
    heard.resolve();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    heard.resolve();
    gone.resolve();
  });

  for (const step of attack.steps) {
    if (typeof step === 'number') {
      await Promise.race([delay(step), gone.promise]);
    } else if (typeof step === 'string') {
      await write(socket, step);
    } else if (step.end === 'half-close') {
      socket.end();
    } else {
      tcp.resetAndDestroy();
    }
  }
  await Promise.race([heard.promise, delay(attack.patienceMs ?? 300)]);
  await Promise.race([gone.promise, delay(stayMs)]);
  socket.destroy();
  return received;
}

/**
 * Writes bytes. Resolves when they are written, the connection has failed, or the other side has accepted no bytes for
 * a while.
 */
async function write(socket: Socket, bytes: string): Promise<void> {
  if (!socket.writable) {
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.write(bytes, 'latin1', () => resolve());
  await Promise.race([promise, delay(500)]);
}
