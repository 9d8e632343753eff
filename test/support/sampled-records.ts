import { onTestFinished } from 'vitest';
import type { AcknowledgedRecord, ReadBackSampler } from '../../src/ports/read-back.ts';

/** A sampler that takes every answer's record at once, and leaves the reading to the test. */
export function sampleRecords(): ReadBackSampler & { readonly taken: AcknowledgedRecord[] } {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const taken: AcknowledgedRecord[] = [];
  return { isDue: true, signal: stop.signal, taken, take: (record) => taken.push(record) };
}
