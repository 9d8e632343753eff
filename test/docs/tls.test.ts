import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(root, 'docs/local/tls.md'), 'utf8');
const caddyfile = readFileSync(join(root, 'docs/local/Caddyfile'), 'utf8');
const tools = [await provideTool('openssl'), await provideTool('caddy')];
type Blocks = [string, string, string];
const [makeFiles, receiveTls, callTls] = readShellBlocks(page, '## TLS in the receiver') as Blocks;
const [receive, proxy, callProxy] = readShellBlocks(page, '## TLS in a proxy') as Blocks;
const good = /^200 \{"accepted":1,"deadLettered":0\}/;

test('the receiver with a certificate of its own takes what the provider sends', async () => {
  const { type, run } = await openShell();
  await run(makeFiles);
  type(receiveTls);
  await expect.poll(() => run(callTls), { timeout: 30_000 }).toMatch(good);
});

test('a proxy with a certificate in front of a receiver on loopback passes it on', async () => {
  const { type, run } = await openShell();
  await run(makeFiles);
  type(receive);
  type(proxy);
  await expect.poll(() => run(callProxy), { timeout: 30_000 }).toMatch(good);
});

/**
 * Opens a shell with a directory and a home of its own. Replaces the ports of the page by free ones, because tests run
 * in parallel.
 */
async function openShell() {
  const cwd = temporaryDirectory();
  const [publicPort = 0, port = 0] = await freePorts(2);
  const toOwn = (text: string) =>
    text
      .replaceAll('8443', String(publicPort))
      .replaceAll('8080', String(port))
      .replaceAll('docs/local/Caddyfile', 'Caddyfile')
      .replaceAll('./comapi-webhook', `'${process.execPath}' ${root}src/comapi-webhook.mjs`);
  writeFileSync(join(cwd, 'Caddyfile'), toOwn(caddyfile));
  const PATH = [...tools.map((tool) => dirname(tool)), process.env.PATH].join(delimiter);
  const env = { PATH, HOME: cwd, HTTP_PORT: String(port), MANAGEMENT_PORT: '0' };

  /** Runs a block in a separate shell until the test ends. */
  function type(block: string) {
    const child = spawn('bash', ['-c', toOwn(block)], { cwd, env, detached: true, stdio: 'ignore' });
    onTestFinished(() => {
      if (child.exitCode === null) {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      }
    });
    return child;
  }

  /** Runs a block to its end. @returns its output */
  async function run(block: string): Promise<string> {
    const child = spawn('bash', ['-c', toOwn(block)], { cwd, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    }
    await once(child, 'close');
    return output;
  }
  return { type, run };
}
