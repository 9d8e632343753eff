import { expect, test } from 'vitest';
import type { Fault } from '../scenario.ts';
import { judgeDirectories } from './judge-losses.ts';
import type { SinkEvidence } from './judge-sink.ts';

type Loser = SinkEvidence['lives'][number];

const atMs = 30_000;
const pause: Fault = { kind: 'pause', target: 'process', atMs, forMs: 18_000 };
const judgeLosses = (...[lives, faults]: [Loser[], Fault[]]) =>
  judgeDirectories({ lives, faults }).map(({ text }) => text);
const first = { name: 'process-1', startedMs: 0, lossesMs: [] };
const losing = (...lossesMs: number[]) => ({ ...first, lossesMs });

test('a process that only runs keeps its directory', () => {
  const second: Fault = { kind: 'second', target: 'process', atMs, forMs: 18_000 };
  const away: Fault = { kind: 'away', target: 'store', atMs, forMs: 18_000 };
  expect(judgeLosses([first], [second])).toEqual([]);
  expect(judgeLosses([losing(41_000)], [second, away])).toEqual([
    'process-1 lost its directory at 41000 ms, and had not stood still',
  ]);
});

test('one that stood still may lose it, and finds out soon', () => {
  expect(judgeLosses([losing(49_000)], [pause])).toEqual([]);
  expect(judgeLosses([losing(29_000, 54_000)], [pause])).toHaveLength(2);
});

test('a disk that was in trouble may have stood still at any time after that', () => {
  expect(judgeLosses([losing(79_000)], [{ ...pause, kind: 'hangs', target: 'disk' }])).toEqual([]);
});

test('of two that start at once one may have it for a moment', () => {
  const other = { name: 'process-2', startedMs: 40_000, lossesMs: [] };
  expect(judgeLosses([losing(40_100), other], [])).toEqual([]);
  expect(judgeLosses([losing(51_000), other], [])).toHaveLength(1);
});
