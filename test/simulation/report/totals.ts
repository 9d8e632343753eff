import { createHash } from 'node:crypto';
import type { Fault, RoundOutcome } from '../scenario.ts';

export interface FailedRound {
  readonly store: string;
  readonly seed: number;
  readonly faultCount: number;
  readonly texts: readonly string[];
}

/** Totals of many rounds, as plain data, so that several processes can add up their totals. */
export interface Totals {
  rounds: number;
  virtualMs: number;
  cpuMs: number;
  readonly counts: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly failed: FailedRound[];
  /**
   * Digest of all seeds and traces, regardless of their order. The digest is the same on every machine and for any
   * number of processes.
   */
  digest: string;
}

const noDigest = '0'.repeat(64);

export function createTotals(): Totals {
  return {
    rounds: 0,
    virtualMs: 0,
    cpuMs: 0,
    counts: {},
    faults: {},
    failed: [],
    digest: noDigest,
  };
}

interface Round {
  readonly store: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly outcome: RoundOutcome;
}

export function addRound(totals: Totals, { store, seed, faults, outcome }: Round): void {
  totals.rounds += 1;
  totals.virtualMs += outcome.virtualMs;
  totals.digest = joinDigests(totals.digest, hash(`${seed} ${outcome.digest}`));
  addCounts(totals.counts, outcome.counts);
  for (const { kind } of faults) {
    addCounts(totals.faults, { [kind]: 1 });
  }
  if (outcome.violations.length > 0) {
    const texts = outcome.violations.map(({ kind, text }) => `${kind}: ${text}`);
    totals.failed.push({ store, seed, faultCount: faults.length, texts });
  }
}

/** Adds a round that had to be ended from outside. */
export function addFailure(
  { failed }: Totals,
  { text, ...round }: { readonly store: string; readonly seed: number; readonly text: string },
): void {
  failed.push({ ...round, faultCount: 0, texts: [text] });
}

export function addTotals(into: Totals, part: Totals): void {
  into.rounds += part.rounds;
  into.virtualMs += part.virtualMs;
  into.cpuMs += part.cpuMs;
  addCounts(into.counts, part.counts);
  addCounts(into.faults, part.faults);
  into.failed.push(...part.failed);
  into.digest = joinDigests(into.digest, part.digest);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function joinDigests(one: string, other: string): string {
  return (BigInt(`0x${one}`) ^ BigInt(`0x${other}`)).toString(16).padStart(noDigest.length, '0');
}

function addCounts(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    into[name] = (into[name] ?? 0) + count;
  }
}

const maxTexts = 3;

export function formatTotals(store: string, totals: Totals): string {
  const { rounds, virtualMs, cpuMs, counts, faults, failed, digest } = totals;
  const hours = (virtualMs / 3_600_000).toFixed(1);
  const speed = Math.round(virtualMs / Math.max(1, cpuMs));
  return [
    `${store}: ${rounds} rounds, ${hours} h of virtual time in ${(cpuMs / 1_000).toFixed(0)} s of one core (${speed} times real time)`,
    `  ${formatCounts(counts)}`,
    `  faults: ${formatCounts(faults)}`,
    `  digest: ${digest}`,
    ...failed.flatMap(({ seed, texts, faultCount }) => [
      `  FAILED seed ${seed} (${faultCount} faults): ${texts.length} violations`,
      ...texts.slice(0, maxTexts).map((text) => `    ${text}`),
    ]),
  ].join('\n');
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
