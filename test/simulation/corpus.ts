import { readFileSync } from 'node:fs';

interface Found {
  readonly store: string;
  readonly seed: number;
  readonly what: string;
}

/**
 * Seeds of rounds that once violated a rule, because of a defect in the program, in a simulated component or in a
 * check. Whenever you fix such a defect, add its seed here.
 */
const found: readonly Found[] = [
  {
    store: 'filter',
    seed: 331_381,
    what: 'the latest-state topic was recreated between two parts of one transaction',
  },
  {
    store: 'kafka',
    seed: 331_438,
    what: 'a process that was never ready waited for a delivery to tell that the store accepts records',
  },
  { store: 'kafka', seed: 2_004_001, what: 'what was stored after the filter had ended was to be filtered' },
  { store: 'kafka', seed: 2_000_327, what: 'a spool that waits for the lock of a killed process' },
  { store: 'kafka', seed: 1_000_202, what: 'of two changes of settings the second healed to the first' },
  { store: 'kafka', seed: 1_000_146, what: 'an event that was replayed was found as a dead letter only' },
  { store: 'kafka', seed: 50_296, what: 'contradicting views counted as one loss of partitions' },
  { store: 'kafka', seed: 506, what: 'a refusal of a fast clock made dead letters of good events' },
  { store: 'kafka', seed: 331_358, what: 'a process was not told of partitions by which keys were judged' },
  { store: 'journal', seed: 1, what: 'the name of a new directory was never synced' },
  { store: 'journal', seed: 9_110_254, what: 'a reader took no notice of a journal that was recreated' },
  { store: 'journal', seed: 81, what: 'a segment with lines stood behind those of the next process' },
  { store: 'kafka', seed: 87, what: 'each attempt met the next connection that never answered' },
  { store: 'kafka', seed: 2_201_924, what: 'what a store took at last was judged by its first place' },
  { store: 'filter', seed: 2_200_655, what: 'a topic of dead letters was judged by deliveries without one' },
];

/** Table that maps each planted defect to the seed that finds it. */
export const plantedTable = new URL('../../docs/measurements/tables/simulation-mutants.csv', import.meta.url);

/** Returns the distinct seeds that have found defects before. These seeds run first. */
export function corpusOf(store: string): readonly number[] {
  const planted = readFileSync(plantedTable, 'utf8').matchAll(/^([a-z-]+),.*,(\d+)$/gm);
  return [
    ...new Set([
      ...found.filter((each) => each.store === store).map(({ seed }) => seed),
      ...[...planted].filter(([, name]) => name === store).map(([, , seed]) => Number(seed)),
    ]),
  ];
}
