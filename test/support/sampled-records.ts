import { onTestFinished } from 'vitest';
import type { AcknowledgedRecord, ReadBackSampler } from '../../src/ports/read-back.ts';

/**
 * Creates a read-back sampler that takes one record from every response. The test decides when to read back the sampled
 * records.
 */
export function sampleRecords(): ReadBackSampler & { readonly taken: AcknowledgedRecord[] } {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const taken: AcknowledgedRecord[] = [];
  return { isDue: true, signal: stop.signal, taken, take: (record) => taken.push(record) };
}
