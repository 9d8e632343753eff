import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSpool } from '../../../src/stores/spool/spool-keeper.ts';
import { Machine } from '../../simulation/disk/machine.ts';
import { startWorld } from '../../simulation/world/world.ts';
import { captureLog } from '../../support/captured-log.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import {
  createEventRecord,
  drainWaiting,
  keepTestSpool,
  openTestSpool,
  segmentsIn,
  spoolRecords,
} from '../../support/test-spool.ts';

const wait = { timeout: 10_000 };

test('makes the directory, and is a spool', async () => {
  const directory = join(temporaryDirectory(), 'a', 'b');
  const keeper = await keepTestSpool(directory);
  await keeper.append([createEventRecord('a', 1)], 5_000);
  expect([keeper.isOpen, keeper.problem, keeper.records]).toEqual([true, undefined, 1]);
});

test('says why it is not open, takes nothing, and opens when that is mended', async () => {
  const directory = join(temporaryDirectory(), 'spool');
  writeFileSync(directory, '');
  const log = captureLog();
  const keeper = await keepTestSpool(directory, { logger: log.logger });
  let opened = 0;
  void keeper.keepOpen(() => {
    opened += 1;
  });
  expect([keeper.isOpen, keeper.records, keeper.bytes, opened]).toEqual([false, 0, 0, 0]);
  expect(keeper.problem).toMatch(/^the spool is not open: .*it is a file \(EEXIST\)/);
  await expect(keeper.append([createEventRecord('a', 1)], 5_000)).rejects.toMatchObject({
    code: 'sink_unavailable',
  });
  expect(keeper.backlog.isEmpty).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  rmSync(directory);
  await expect.poll(() => opened).toBe(1);
  await keeper.append([createEventRecord('a', 1)], 5_000);
});

test('lets go of a spool that another process took over, and opens it again when that one ends', async () => {
  const directory = temporaryDirectory();
  const first = await keepTestSpool(directory);
  const opened: number[] = [];
  void first.keepOpen(() => opened.push(first.records));
  await first.append([createEventRecord('a', 1)], 5_000);
  // As if the first process had stood still for long.
  rmSync(join(directory, 'lock'));
  const second = await keepTestSpool(directory);
  expect(second.records).toBe(1);
  await expect(first.append([createEventRecord('a', 2)], 5_000)).rejects.toMatchObject({
    code: 'sink_unavailable',
  });
  await expect.poll(() => first.isOpen).toBe(false);
  expect(first.problem).toContain('another process');
  await second.append([createEventRecord('a', 3)], 5_000);
  await second.close();
  await expect.poll(() => opened, wait).toHaveLength(2);
  // Whether the append that was refused is there is open.
  expect(opened[1]).toBeGreaterThanOrEqual(2);
});

test('drains again what was owed when it lost the directory, also when it is the next owner', async () => {
  const directory = temporaryDirectory();
  // Nothing can be set aside: it is owed.
  mkdirSync(join(directory, 'probe-set-aside'));
  const keeper = await keepTestSpool(directory);
  let opened = 0;
  void keeper.keepOpen(() => {
    opened += 1;
  });
  const first = keeper.current;
  if (first === undefined) {
    throw new Error('the spool is not open');
  }
  await spoolRecords(first, [createEventRecord('a', 1), createEventRecord('a', 2)]);
  const [segment = ''] = segmentsIn(directory);
  await first.setAside.add(segment, ['a line that no store takes']);
  expect(await drainWaiting(first, { maxRecords: 1, maxBytes: 4_096 })).toHaveLength(1);
  rmSync(join(directory, 'lock'));
  await expect.poll(() => opened, wait).toBe(2);
  expect([keeper.records, keeper.setAsideRecords]).toEqual([2, 0]);
});

describe('openSpool', () => {
  test('refuses a directory that another process has', async () => {
    const directory = temporaryDirectory();
    const first = await openTestSpool(directory);
    await expect(openTestSpool(directory)).rejects.toThrow(`is in use by process ${process.pid}`);
    await first.close();
    await openTestSpool(directory);
  });

  test('logs a torn line that it cuts off', async () => {
    const directory = temporaryDirectory();
    const first = await openTestSpool(directory);
    await first.append([createEventRecord('a', 1)], 5_000);
    await first.close();
    writeFileSync(join(directory, '0000000002.jsonl'), '{"torn');
    const log = captureLog();
    const second = await openTestSpool(directory, { logger: log.logger });
    expect(second.records).toBe(1);
    expect(log.lines).toMatchObject([{ level: 'warn', segment: '0000000002.jsonl', bytes: 6 }]);
  });

  test('lets go of the directory when it cannot be opened', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'not-a-directory'), '');
    await expect(openTestSpool(join(directory, 'not-a-directory'))).rejects.toThrow();
    await openTestSpool(directory);
  });

  test('lets go of the directory when what is in it cannot be read', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'set-aside.jsonl'));
    await expect(openTestSpool(directory)).rejects.toThrow('EISDIR');
    expect(readdirSync(directory)).toEqual(['set-aside.jsonl']);
    rmdirSync(join(directory, 'set-aside.jsonl'));
    await openTestSpool(directory);
  });

  test('logs that its lock cannot be renewed', async () => {
    using world = startWorld(1);
    using machine = new Machine(world);
    const { process: receiver, mount } = machine.start('first');
    const { logger, lines } = captureLog();
    const directory = mount.point;
    receiver.run(() => void openSpool({ directory, maxBytes: 1_000_000, logger }));
    await world.runFor(1_000);
    machine.disk.troubles.isReadOnly = true;
    await world.runFor(5_000);
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      { msg: 'the lock of the spool cannot be renewed', directory, err: { code: 'EROFS' } },
    ]);
  });

  test('gives the disk space back of what an earlier process drained and could not remove', async () => {
    const directory = temporaryDirectory();
    const first = await openTestSpool(directory, { maxBytes: 2_000, maxSegmentBytes: 2_000 });
    await spoolRecords(first, [createEventRecord('a', 1, 1_800)]);
    await drainWaiting(first, { maxRecords: 10, maxBytes: 4_096 });
    await first.close();
    expect(segmentsIn(directory)).toHaveLength(1);

    const second = await openTestSpool(directory, { maxBytes: 2_000, maxSegmentBytes: 2_000 });
    expect([second.problem, second.bytes, segmentsIn(directory)]).toEqual([undefined, 0, []]);
    await second.append([createEventRecord('a', 2, 1_800)], 5_000);
  });
});
