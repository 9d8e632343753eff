import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

/** Creates certificates, and a copy of the server's key that is encrypted with a passphrase. */
export async function makeCertificates() {
  const directory = temporaryDirectory();
  const files = await createTestCertificates(directory);
  const lockedKeyFile = `${directory}/locked.key`;
  const passphrase = 'only for this key';
  execFileSync(
    await provideTool('openssl'),
    ['ec', '-aes256', '-in', files.serverKeyFile, '-out', lockedKeyFile, '-passout', `pass:${passphrase}`],
    { stdio: 'pipe' },
  );
  return { ...files, lockedKeyFile, passphrase };
}

const readName = (socket: TLSSocket) => [socket.getPeerCertificate().subject?.CN].flat()[0];

/** Reads the name in the certificate of a server. */
export async function readServerName(url: string): Promise<string | undefined> {
  const [response] = (await once(get(url, { rejectUnauthorized: false, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  const name = readName(response.socket as TLSSocket);
  await once(response.resume(), 'end');
  return name;
}

/**
 * Facts about the first client of a server: whether it accepts the certificate, the server name that it requests, and
 * its identity.
 */
export interface SeenClient {
  readonly isSecure: boolean;
  readonly asksFor?: string | undefined;
  readonly client?: string | undefined;
}

/** Starts a server with this certificate, which accepts any client. */
export async function watchClients({ serverCertFile, serverKeyFile }: ServerFiles) {
  const first = Promise.withResolvers<SeenClient>();
  const server = createServer(
    {
      ...{ cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) },
      ...{ requestCert: true, rejectUnauthorized: false },
    },
    (socket) => {
      first.resolve({ isSecure: true, asksFor: socket.servername || undefined, client: readName(socket) });
      socket.destroy();
    },
  );
  let failures = 0;
  server.on('tlsClientError', () => {
    failures += 1;
    // A single failure may come from a client that timed out on a slow machine.
    if (failures === 3) {
      first.resolve({ isSecure: false });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}`, first: first.promise };
}

type ServerFiles = Pick<
  Awaited<ReturnType<typeof createTestCertificates>>,
  'serverCertFile' | 'serverKeyFile'
>;
