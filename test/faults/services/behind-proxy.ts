import { spawn } from 'node:child_process';
import { freePorts } from '../../support/free-ports.ts';
import { guardProcess } from '../../support/guard-process.ts';
import type { Service } from './service.ts';

const proxy = new URL('reverse-proxy-process.ts', import.meta.url).pathname;

/** A service that all senders reach through a reverse proxy, which ends with it. */
export async function behindProxy(service: Service): Promise<Service> {
  const [port = 0] = await freePorts(1);
  const upstream = `${service.tls === true ? 'https' : 'http'}://127.0.0.1:${service.httpPort}`;
  const child = spawn(process.execPath, [proxy, String(port), upstream], { stdio: 'inherit' });
  guardProcess(child);
  return {
    ...service,
    ...{ httpPort: port, tls: false },
    process: Object.create(service.process, {
      kill9: {
        async value() {
          await service.process.kill9();
          child.kill();
        },
      },
    }),
  };
}
