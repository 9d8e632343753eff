import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { countAllocatedBytes, countingAllocations } from './allocations.ts';

/**
 * Number of temporary strings that the server creates on each request. Node itself creates them, so the compiler cannot
 * optimize them away.
 */
const strings = 2_000;
const bytes = 4_000;
const server = `
import { createServer } from 'node:http';
const block = Buffer.alloc(${bytes}, 'x');
let kept;
const server = createServer((request, response) => {
  if (request.url === '/strings') {
    for (let i = 0; i < ${strings}; i += 1) kept = block.toString('latin1');
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
  const requests = 50;
  const measure = async (path: string) => {
    const counted = await countAllocatedBytes(child, async () => {
      for (let i = 0; i < requests; i += 1) {
        await (await fetch(url + path)).arrayBuffer();
      }
    });
    return counted / requests;
  };
  await measure('/strings');
  await measure('/nothing');

  const known = (await measure('/strings')) - (await measure('/nothing'));

  expect(known / (strings * bytes)).toBeGreaterThan(1);
  // The measured value is slightly higher, because each string has a header, and some space at the end of a memory page
  // is unused.
  expect(known / (strings * bytes)).toBeLessThan(1.05);
});

test('counting costs next to nothing itself', async () => {
  const { child } = await startServer();
  await countAllocatedBytes(child, async () => {});
  expect(await countAllocatedBytes(child, async () => {})).toBeLessThan(50_000);
});
