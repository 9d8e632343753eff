import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { readSpooled } from '../../../src/stores/spool/read-spooled.ts';
import { appendRecords, toEventRecord } from '../../support/append-records.ts';
import { runCommand } from '../../support/run-command.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const lineOf = (key: string) => toJournalLine(toEventRecord(key, 1));
const segment = '0000000001-aaaaaaaa.jsonl';

test('what waits is read without what was drained, and what was set aside behind it', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, segment), lineOf('drained') + lineOf('a'));
  appendFileSync(join(directory, '0000000002-aaaaaaaa.jsonl'), lineOf('b'));
  writeFileSync(join(directory, 'set-aside.jsonl'), `${lineOf('c')}no record\n`);
  const rest = { segment, offset: Buffer.byteLength(lineOf('drained')) };
  writeFileSync(join(directory, 'drained.json'), JSON.stringify({ rest, leftBehind: [] }));
  const keys: (string | null)[] = [];
  for await (const { key } of readSpooled(directory)) {
    keys.push(key);
  }
  expect(keys).toEqual(['a', 'b', 'c']);
});

test('of segments that are drained nothing is read', async () => {
  const directory = temporaryDirectory();
  const last = { segment: '0000000002-aaaaaaaa.jsonl', offset: Buffer.byteLength(lineOf('b')) };
  writeFileSync(join(directory, segment), lineOf('a'));
  writeFileSync(join(directory, last.segment), lineOf('b'));
  writeFileSync(join(directory, 'drained.json'), JSON.stringify({ rest: last, leftBehind: [] }));
  expect((await readSpooled(directory).next()).done).toBe(true);
});

/** Two segments and a line that was set aside; the second segment goes while the first one is read. */
async function readWhile(replaceSecond: (file: string) => void) {
  const directory = temporaryDirectory();
  const second = join(directory, '0000000002-aaaaaaaa.jsonl');
  writeFileSync(join(directory, segment), lineOf('a'));
  writeFileSync(second, lineOf('b'));
  writeFileSync(join(directory, 'set-aside.jsonl'), lineOf('c'));
  const keys: (string | null)[] = [];
  for await (const { key } of readSpooled(directory)) {
    keys.push(key);
    rmSync(second, { recursive: true, force: true });
    replaceSecond(second);
  }
  return keys;
}

test('a segment that is drained meanwhile is passed over, and one that cannot be read is not', async () => {
  expect(await readWhile(() => {})).toEqual(['a', 'c']);
  await expect(readWhile((file) => mkdirSync(file))).rejects.toThrow('EISDIR');
});

test('find says that an event waits in the spool', async () => {
  const env = { DATA_DIR: temporaryDirectory(), SPOOL_DIR: temporaryDirectory() };
  mkdirSync(join(env.DATA_DIR, 'journal'));
  writeFileSync(join(env.SPOOL_DIR, segment), lineOf('m-1'));
  const { code, stdout } = await runCommand(['find', 'm-1'], env);
  expect(code).toBe(0);
  expect(stdout).toContain('in the spool: comapi.events, message.sent r1, waits');
});

test('find says that the directory of the spool is not there, and answers all the same', async () => {
  const env = { DATA_DIR: temporaryDirectory(), SPOOL_DIR: join(temporaryDirectory(), 'elsewhere') };
  await appendRecords({ DATA_DIR: env.DATA_DIR }, [toEventRecord('m-1', 1)]);
  const { code, stdout, stderr } = await runCommand(['find', 'm-1', '--json'], env);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout).spooled).toEqual({ notKnown: 'the directory of SPOOL_DIR does not exist here' });
});
