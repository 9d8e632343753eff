import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, openTestSpool } from '../support/test-spool.ts';

/** A directory that a spool is using, with two records, and two lines beside them that the store does not take. */
async function useSpool(): Promise<string> {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory);
  await spool.append([createEventRecord('a', 1), createEventRecord('a', 2)], 5_000);
  await spool.setAside.add('segment', ['{"topic":"gone"}', '{"topic":"also \u009b"}']);
  return directory;
}

test('shows what a spool holds while a receiver uses it', async () => {
  const directory = await useSpool();
  const { code, stdout } = await runCommand(['spool'], { SPOOL_DIR: directory, SPOOL_MAX_BYTES: '1000000' });
  expect(stdout).toContain(`directory  ${directory}\n`);
  expect(stdout).toContain(
    'waiting    2 records that the store does not have yet, the oldest received at 1970-01-01T00:01:00.000Z\n',
  );
  expect(stdout).toContain('set aside  2 records that the store did not take\n');
  expect(stdout).toMatch(/^size {7}\d{3} bytes of 976.6 KiB$/m);
  expect(code).toBe(0);
});

test('says so when the directory is not there', async () => {
  const { code, stdout } = await runCommand(['spool'], { SPOOL_DIR: '/no/such/spool' });
  expect(stdout).toContain('/no/such/spool, which does not exist');
  expect(code).toBe(0);
});

test('prints what was set aside, without what would move a terminal', async () => {
  const { code, stdout } = await runCommand(['spool', '--set-aside'], { SPOOL_DIR: await useSpool() });
  expect(stdout).toBe('{"topic":"gone"}\n{"topic":"also \\u009b"}\n');
  expect(code).toBe(0);
});

test('lets the next start take back what was set aside, and says so', async () => {
  const env = { SPOOL_DIR: await useSpool() };
  const { code, stdout } = await runCommand(['spool', '--take-back'], env);
  expect(stdout).toBe(
    'Restart the receiver: it then takes 2 records back into the spool, and drains them.\n',
  );
  expect(code).toBe(0);
  // Until then they are seen where they are.
  expect((await runCommand(['spool'], env)).stdout).toMatch(/waiting {4}2 records.*\nset aside {2}2 records/);
});

test('has nothing to take back where nothing was set aside', async () => {
  const SPOOL_DIR = temporaryDirectory();
  expect(await runCommand(['spool', '--take-back'], { SPOOL_DIR })).toMatchObject({
    code: 0,
    stdout: `Nothing is set aside in ${SPOOL_DIR}.\n`,
  });
  expect(readdirSync(SPOOL_DIR)).toEqual([]);
});

test('needs a spool, and one thing to do', async () => {
  const withoutSpool = await runCommand(['spool']);
  expect(withoutSpool.stderr).toContain('SPOOL_DIR: is not set');
  expect(withoutSpool.code).toBe(2);
  const both = await runCommand(['spool', '--set-aside', '--take-back'], { SPOOL_DIR: '/tmp' });
  expect(both.stderr).toContain('give one of them');
  expect(both.code).toBe(2);
});

test('exits with 2 where it may not', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'set-aside.jsonl'));
  writeFileSync(join(directory, '0000000001-4f2a9c1e.jsonl'), '');
  const { code, stderr } = await runCommand(['spool'], { SPOOL_DIR: directory });
  expect(stderr).toContain('EISDIR');
  expect(code).toBe(2);
});
