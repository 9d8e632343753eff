import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const page = readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8');
const runFile = promisify(execFile);
const program = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;
const tools = [await provideTool('curl'), await provideTool('openssl')];

/** Starts a receiver as in the first step of the page, and a shell in its directory. */
async function prepare() {
  const cwd = temporaryDirectory();
  const { url, stderr } = await startReceiverProcess({}, cwd);
  const PATH = [...tools.map((tool) => dirname(tool)), process.env.PATH].join(delimiter);
  const run = async (block: string) => {
    const script = block
      .replaceAll('http://localhost:8080', url)
      .replaceAll('./comapi-webhook', `"${process.execPath}" "${program}"`);
    return (await runFile('bash', ['-ec', script], { cwd, env: { PATH } })).stdout;
  };
  return { run, stderr };
}

test('a signature made by hand is taken, and not for another body', async () => {
  const { run, stderr } = await prepare();
  const [good = '', changed = ''] = readShellBlocks(page, '## 6. Sign an event by hand');
  const accepted = '{"accepted":1,"deadLettered":0}';
  expect(await run(`${good}\n${changed}`)).toBe(`${accepted}{"error":"bad_signature"}`);
  expect(page).toContain(accepted);
  expect(page).toContain('{"error":"bad_signature"}');
  await expect.poll(stderr).toContain('"status":401');
});

test('the events of the journal are shown as the page says', async () => {
  const { run } = await prepare();
  const [good = ''] = readShellBlocks(page, '## 6. Sign an event by hand');
  const [commands = ''] = readShellBlocks(page, '## 5. Look at its events');
  await run(good);
  const [tail = '', find = ''] = commands.trim().split('\n');
  expect(JSON.parse(await run(tail))).toMatchObject({ key: 'm-1', name: 'message.sent' });
  expect(await run(find)).toMatch(/^m-1: the latest event is message\.sent r1, stored \S+\.\n1 event:\n/);
});
