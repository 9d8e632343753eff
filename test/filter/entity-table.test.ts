import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntityTable } from '../../src/filter/entity-table.ts';

const keyOf = (n: number) => Buffer.from(`entity-${n}`);

test('answers as a map of maxima does, for any history', () => {
  const steps = fc.array(fc.tuple(fc.nat(600), fc.bigInt(0n, 2n ** 64n - 1n)), { maxLength: 3_000 });
  fc.assert(
    fc.property(steps, (history) => {
      const table = new EntityTable();
      const maxima = new Map<number, bigint>();
      for (const [entity, revision] of history) {
        const known = maxima.get(entity);
        expect(table.raise(keyOf(entity), revision, 0)).toBe(known);
        maxima.set(entity, known !== undefined && known > revision ? known : revision);
      }
      expect(table.size).toBe(maxima.size);
    }),
    { numRuns: 50 },
  );
});

test('a revision that is taken back is as if it had never come, unless a higher one has come since', () => {
  const then = fc.constantFrom('kept', 'taken back', 'taken back behind a higher one');
  const steps = fc.array(fc.tuple(fc.nat(600), fc.bigInt(1n, 9n), then), { maxLength: 3_000 });
  fc.assert(
    fc.property(steps, (history) => {
      const table = new EntityTable();
      const maxima = new Map<number, bigint>();
      for (const [entity, revision, what] of history) {
        const key = keyOf(entity);
        const before = table.raise(key, revision, 0);
        const isHigher = before === undefined || revision > before;
        if (what === 'taken back behind a higher one') {
          table.raise(key, 10n, 0);
        }
        if (what !== 'kept' && isHigher) {
          table.withdraw(key, revision, before);
        }
        if (what === 'taken back behind a higher one') {
          maxima.set(entity, 10n);
        } else if (what === 'kept' && isHigher) {
          maxima.set(entity, revision);
        }
      }
      expect(table.size).toBe(maxima.size);
      for (const [entity, revision] of maxima) {
        expect(table.find(keyOf(entity))).toBe(revision);
      }
    }),
    { numRuns: 50 },
  );
});

test('keeps every entity while pages split', () => {
  const table = new EntityTable();
  for (let n = 0; n < 50_000; n += 1) {
    expect(table.raise(keyOf(n), BigInt(n), 0)).toBeUndefined();
  }
  for (let n = 0; n < 50_000; n += 1) {
    expect(table.raise(keyOf(n), 0n, 0)).toBe(BigInt(n));
  }
  expect(table.size).toBe(50_000);
});

test('forgets what is older than asked, and nothing else, in small parts', () => {
  const table = new EntityTable();
  for (let n = 0; n < 10_000; n += 1) {
    table.raise(keyOf(n), 7n, n * 1_000);
  }
  table.forget(4_000_000);
  expect(table.size).toBeGreaterThan(9_000);
  for (let part = 1; part < 64; part += 1) {
    table.forget(4_000_000);
  }
  expect(table.size).toBe(6_000);
  expect(table.raise(keyOf(3_999), 1n, 0)).toBeUndefined();
  expect(table.raise(keyOf(4_000), 1n, 0)).toBe(7n);
});

test('an obsolete or repeated revision does not prolong the stay, a higher one does', () => {
  const table = new EntityTable();
  table.raise(keyOf(1), 5n, 1_000);
  table.raise(keyOf(1), 5n, 9_000);
  table.raise(keyOf(2), 5n, 1_000);
  table.raise(keyOf(2), 6n, 9_000);
  table.forget(5_000);
  expect(table.raise(keyOf(1), 5n, 9_000)).toBeUndefined();
  expect(table.raise(keyOf(2), 6n, 9_000)).toBe(6n);
});

test('a process that tracks a million entities stays under 150 MB resident', () => {
  const script = `
    import { EntityTable } from ${JSON.stringify(new URL('../../src/filter/entity-table.ts', import.meta.url).href)};
    const table = new EntityTable();
    for (let n = 0; n < 1_000_000; n += 1) table.raise(Buffer.from(crypto.randomUUID()), 1n, 1.7e12);
    console.log(JSON.stringify({ size: table.size, bytes: table.bytes, rss: process.memoryUsage.rss() }));
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const { size, bytes, rss } = JSON.parse(out) as { size: number; bytes: number; rss: number };
  expect(size).toBe(1_000_000);
  expect(bytes).toBeLessThan(50_000_000);
  expect(rss).toBeLessThan(150_000_000);
});
