import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom, type Random } from '../world/random.ts';
import { Disk } from './disk.ts';
import { InstalledDisks, simulatedRoot } from './install-disk.ts';
import { Mount } from './mount.ts';

type Step = (directory: string, handles: Map<string, fs.promises.FileHandle>) => unknown;

const names = ['a', 'b', 'sub/c', 'sub', 'nowhere/d'];
const { O_CREAT, O_EXCL, O_WRONLY, O_RDONLY } = fs.constants;
const flags = ['r', 'r+', 'w', 'wx', 'a', 'a+', O_CREAT | O_EXCL | O_WRONLY, O_RDONLY];

/** Makes one random file-system call of a kind that `src` uses, often with invalid arguments. */
function planStep(random: Random): [string, Step] {
  const name = random.pick(names);
  const made = random.pick(['sub', 'nowhere/d']);
  const other = random.pick(['a', 'b']);
  const at = random.int(30);
  const bytes = Buffer.from(String.fromCharCode(97 + random.int(26)).repeat(random.int(40)));
  const handle = random.pick(['h1', 'h2', 'h3']);
  const flag = random.pick(flags);
  const position = random.pick([null, at]);
  const force = random.chance(0.5);
  const open: [string, Step] = [
    `open ${name} ${flag}`,
    async (directory, handles) => {
      await handles.get(handle)?.close();
      handles.delete(handle);
      handles.set(handle, await fs.promises.open(join(directory, name), flag, 0o640));
    },
  ];
  const steps: readonly [string, Step][] = [
    ...Array.from({ length: 5 }, () => open),
    [
      `write ${handle} ${bytes.length} at ${position}`,
      async (_, handles) =>
        (await handles.get(handle)?.write(bytes, 0, bytes.length, position))?.bytesWritten,
    ],
    [`writeFile ${handle}`, (_, handles) => handles.get(handle)?.writeFile(bytes.toString())],
    [`appendFile ${handle}`, (_, handles) => handles.get(handle)?.appendFile(bytes)],
    [
      `read ${handle} at ${position}`,
      async (_, handles) => {
        const result = await handles.get(handle)?.read(Buffer.alloc(50), 2, 20, position);
        return result && [result.bytesRead, result.buffer.toString()];
      },
    ],
    [`truncate ${handle} ${at}`, (_, handles) => handles.get(handle)?.truncate(at)],
    [`sync ${handle}`, (_, handles) => handles.get(handle)?.sync()],
    [`datasync ${handle}`, (_, handles) => handles.get(handle)?.datasync()],
    [
      `utimes ${handle}`,
      async (_, handles) => {
        await handles.get(handle)?.utimes(at, at);
        const stats = await handles.get(handle)?.stat();
        return stats?.isFile() && stats.mtimeMs;
      },
    ],
    [`stat of ${handle}`, async (_, handles) => describe(await handles.get(handle)?.stat({ bigint: true }))],
    [
      `stat ${name}`,
      async (directory) => describe(await fs.promises.stat(join(directory, name), { bigint: true })),
    ],
    [
      `close ${handle}, twice`,
      async (_, handles) => {
        await Promise.all([handles.get(handle)?.close(), handles.get(handle)?.close()]);
        await handles.get(handle)?.close();
        handles.delete(handle);
      },
    ],
    [
      `same ${handle} ${name}`,
      async (directory, handles) => {
        const [one, two] = [await handles.get(handle)?.stat(), await fs.promises.stat(join(directory, name))];
        return one?.ino === two.ino && one.dev === two.dev;
      },
    ],
    [
      `rename ${name} ${other}`,
      async (directory) =>
        name.startsWith('sub') || fs.promises.rename(join(directory, name), join(directory, other)),
    ],
    [`rm ${name}`, async (directory) => name === 'sub' || fs.promises.rm(join(directory, name), { force })],
    [`truncate ${name}`, (directory) => fs.promises.truncate(join(directory, name), at)],
    [`writeFile ${name}`, (directory) => fs.promises.writeFile(join(directory, name), bytes.toString())],
    [`readFile ${name}`, (directory) => fs.promises.readFile(join(directory, name), 'utf8')],
    [`readdir ${name}`, async (directory) => (await fs.promises.readdir(join(directory, name))).toSorted()],
    ['readdir', async (directory) => (await fs.promises.readdir(directory)).toSorted()],
    [
      `sync ${name}`,
      async (directory) => {
        const opened = await fs.promises.open(join(directory, name), O_RDONLY);
        await opened.sync();
        await opened.close();
      },
    ],
    [`access ${name}`, (directory) => fs.promises.access(join(directory, name))],
    [`mkdir ${made}`, (directory) => fs.promises.mkdir(join(directory, made))],
    [
      `createReadStream ${name}`,
      async (directory) => {
        const blocks: Buffer[] = [];
        for await (const block of fs.createReadStream(join(directory, name), {
          start: at,
          end: at + 20,
          highWaterMark: 7,
        })) {
          blocks.push(block as Buffer);
        }
        return Buffer.concat(blocks).toString();
      },
    ],
  ];
  return random.pick(steps);
}

function describe(stats: fs.BigIntStats | undefined) {
  return stats && [stats.isDirectory() ? 'directory' : stats.size, typeof stats.mtimeNs];
}

async function run(directory: string, script: readonly [string, Step][]): Promise<string[]> {
  const handles = new Map<string, fs.promises.FileHandle>();
  const answers: string[] = [];
  for (const [name, step] of script) {
    let answer: unknown;
    try {
      answer = await step(directory, handles);
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      // Node 26 appends the path to the message of a failed directory read, and Node 24 does not.
      const ownMessage = message.replaceAll(directory, '');
      answer = [
        code,
        syscall,
        syscall === 'read' ? ownMessage.replace(/, read '.*'$/, ', read') : ownMessage,
      ];
    }
    answers.push(
      `${name}: ${JSON.stringify(answer, (_key, value) => (typeof value === 'bigint' ? Number(value) : value))}`,
    );
  }
  for (const handle of handles.values()) {
    await handle.close();
  }
  return answers;
}

function addDisk(disks: InstalledDisks, seed: number): string {
  const random = createRandom(seed);
  const world = {
    random,
    now: () => 0,
    after(_ms: number, then: () => void) {
      const immediate = setImmediate(then);
      return () => clearImmediate(immediate);
    },
  };
  const mount = new Mount(new Disk({ random, epochMs: () => Date.now() }), `${simulatedRoot}${seed}`, world);
  disks.add(mount);
  return mount.point;
}

test('answers the same calls as the file system of this machine does', async () => {
  const disks = new InstalledDisks();
  onTestFinished(() => disks.restore());
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = createRandom(seed);
    const script = Array.from({ length: 60 }, () => planStep(random));
    const real = await run(fs.mkdtempSync(join(tmpdir(), 'disk-')), script);
    const simulated = await run(addDisk(disks, seed), script);
    expect(simulated, `seed ${seed}`).toEqual(real);
  }
});
