import { isIP } from 'node:net';
import { connect } from 'node:tls';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Of a server that is there. */
const timeoutMs = 1_000;

/**
 * Whether a server answers a greeting of TLS. One that wants it mostly just ends a connection without: to ask is the only
 * way to know. Nothing is sent, and the certificate does not matter.
 */
export function speaksTls({ host, port }: ServerAddress): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false,
  });
  socket.setTimeout(timeoutMs, () => resolve(false));
  socket.once('secureConnect', () => resolve(true));
  // An alert is TLS too: of a server that takes no version of it that is known here, or wants a certificate.
  socket.once('error', (error) => resolve('code' in error && /_ALERT_/.test(String(error.code))));
  return promise.finally(() => socket.destroy());
}

/** The first of these servers, asked all at once, that speaks TLS. */
export async function findTlsServer(servers: readonly ServerAddress[]): Promise<string | undefined> {
  const answers = await Promise.all(servers.map(speaksTls));
  const found = servers[answers.indexOf(true)];
  return found && `${found.host.includes(':') ? `[${found.host}]` : found.host}:${found.port}`;
}
