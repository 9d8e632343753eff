import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import type { Service } from './service.ts';
import { createServiceProcess } from './service-process.ts';

interface UsualProcess {
  readonly name?: string;
  /** It listens on PORT with `serveUsual`. */
  readonly script: URL;
  readonly env: Readonly<Record<string, string>>;
  /** Gets its log. */
  readonly directory: string;
}

/** One of the usual ways as a service, not started. */
export async function createUsualProcess(usual: UsualProcess): Promise<Service> {
  const { name = 'usual way', script, env, directory } = usual;
  const [httpPort = 0] = await freePorts(1);
  const service = createServiceProcess({
    command: process.execPath,
    args: [script.pathname],
    env: { ...env, PORT: String(httpPort) },
    readyUrl: `http://127.0.0.1:${httpPort}/`,
    logFile: join(directory, 'service.log'),
  });
  return { name, httpPort, path: '/', process: service, secret: () => 'not looked at by this service' };
}
