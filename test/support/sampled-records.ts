import { onTestFinished } from 'vitest';
import type { AcknowledgedRecord, ReadBackSampler } from '../../src/ports/read-back.ts';

/** Creates a sampler that takes a record of every response, and leaves reading it to the test. */
export function sampleRecords(): ReadBackSampler & { readonly taken: AcknowledgedRecord[] } {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const taken: AcknowledgedRecord[] = [];
  return { isDue: true, signal: stop.signal, taken, take: (record) => taken.push(record) };
}
