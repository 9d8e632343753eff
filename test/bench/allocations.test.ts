import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { countAllocatedBytes, countingAllocations } from './allocations.ts';

/** So many numbers of eight bytes a request, in arrays that nobody keeps. */
const numbers = 100_000;
const server = `
import { createServer } from 'node:http';
let kept;
const server = createServer((request, response) => {
  if (request.url === '/arrays') {
    for (let i = 0; i < 100; i += 1) kept = new Array(${numbers / 100}).fill(i + 0.5);
  }
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

async function startServer() {
  const child = spawn(process.execPath, [...countingAllocations, '--input-type=module', '--eval', server], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}`, child };
}

test('what a server allocates is counted to a few hundredths, through many collections', async () => {
  const { url, child } = await startServer();
  const requests = 200;
  const measure = async (path: string) => {
    const bytes = await countAllocatedBytes(child, async () => {
      for (let i = 0; i < requests; i += 1) {
        await (await fetch(url + path)).arrayBuffer();
      }
    });
    return bytes / requests;
  };
  await measure('/arrays');
  await measure('/nothing');

  const known = (await measure('/arrays')) - (await measure('/nothing'));

  expect(known / (numbers * 8)).toBeGreaterThan(0.97);
  expect(known / (numbers * 8)).toBeLessThan(1.03);
});

test('counting costs next to nothing itself', async () => {
  const { child } = await startServer();
  await countAllocatedBytes(child, async () => {});
  expect(await countAllocatedBytes(child, async () => {})).toBeLessThan(50_000);
});
