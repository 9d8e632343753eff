import * as v from 'valibot';
import type { LogMark } from '../../revisions/decide-start.ts';

const number = v.pipe(v.number(), v.safeInteger());
const schema = v.object({
  events: v.object({ topicId: v.exactOptional(v.string()), epoch: number }),
  latest: v.object({ topicId: v.exactOptional(v.string()), end: number }),
});

/** The mark as metadata of a committed offset, where Kafka's own tools show it; about 130 characters. */
export function formatLogMark(mark: LogMark): string {
  return JSON.stringify(mark);
}

/** `undefined` for what other consumers and earlier versions of this one have left there. */
export function parseLogMark(metadata: string | null): LogMark | undefined {
  try {
    return v.parse(schema, JSON.parse(metadata ?? ''));
  } catch {
    return undefined;
  }
}
