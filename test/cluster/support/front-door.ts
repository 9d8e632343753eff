import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { guardProcess } from '../../support/guard-process.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { HostCertificate } from './host-certificate.ts';

export interface FrontDoorOptions {
  /** Where pods reach it. */
  readonly host: string;
  readonly port: number;
  readonly certificate: HostCertificate;
  /** `host:port` of the Service behind it. */
  readonly upstream: string;
  /** nginx's notation. */
  readonly maxBodySize: string;
}

/** A real nginx that ends TLS before a Service, until the test ends: what stands before most clusters. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<void> {
  const { host, port, certificate, upstream, maxBodySize } = options;
  const directory = mkdtempSync(join(tmpdir(), 'front-door-'));
  writeFileSync(join(directory, 'tls.crt'), certificate.certificate);
  writeFileSync(join(directory, 'tls.key'), certificate.key);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${directory}/pid;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  client_max_body_size ${maxBodySize};
  server {
    listen ${host}:${port} ssl;
    ssl_certificate ${directory}/tls.crt;
    ssl_certificate_key ${directory}/tls.key;
    location / { proxy_pass http://${upstream}; }
  }
}
`,
  );
  const args = ['-p', directory, '-c', `${directory}/nginx.conf`, '-e', `${directory}/error.log`];
  const child = spawn(await provideTool('nginx'), args, { stdio: 'ignore' });
  guardProcess(child, directory);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });
  await waitUntil(() => canConnect(host, port), { timeoutMs: 20_000, what: 'nginx listens' });
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
