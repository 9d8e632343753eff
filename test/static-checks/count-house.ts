import { posix } from 'node:path';
import { nameFile, readImports } from './read-imports.ts';
import type { Room, TextFile } from './rooms.ts';

export interface House {
  /** Number of files in `src`. */
  readonly source: readonly TextFile[];
  /** Number of pages in `docs`. */
  readonly pages: readonly TextFile[];
  readonly rooms: readonly Room[];
}

/** Measures the size of the project. Returns a name and figures for each measurement. */
export function countHouse({ source, pages, rooms }: House): readonly (readonly string[])[] {
  const lines = source.map(({ text }) => text.split('\n').length - 1).toSorted((a, b) => a - b);
  const importers = countEach(source.flatMap(({ path, text }) => [...new Set(readImports(path, text))]));
  const withOneImporter = source.filter(({ path }) => importers.get(nameFile(path)) === 1);
  const folders = [...countEach(source.map(({ path }) => posix.dirname(path)))];
  const declaringMetrics = source.filter(({ text }) => /(?<!function )createMetricFactory\(/.test(text));
  return [
    ['files of src', `${source.length}`],
    ['lines of src', `${sum(lines)}`],
    ['lines of a file, median and most', `${lines[lines.length >> 1] ?? 0}, ${lines.at(-1) ?? 0}`],
    ['files under 40 lines', `${lines.filter((count) => count < 40).length}`],
    ['files with one importer', `${withOneImporter.length}`],
    ['folders with more than 15 files', `${folders.filter(([, count]) => count > 15).length}`],
    ['rules of direction: rooms, and what they may import', `${rooms.length}, ${countEntries(rooms)}`],
    ['files that declare metrics', `${declaringMetrics.length}`],
    ['words of docs', `${countWords(pages)}`],
  ];
}

function countEach(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function countEntries(rooms: readonly Room[]): number {
  return sum(rooms.map(({ mayImport }) => mayImport.length));
}

/** Counts words like `wc -w`. */
function countWords(pages: readonly TextFile[]): number {
  return sum(pages.map(({ text }) => text.match(/\S+/g)?.length ?? 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
