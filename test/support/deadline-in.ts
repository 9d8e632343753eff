import type { Sink, SinkRecord } from '../../src/ports/sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { withDeadline } from '../../src/runtime/with-deadline.ts';

/** A deadline for an append, from now. */
export function deadlineIn(ms: number): number {
  return systemClock.now() + ms;
}

/** An append, which has to settle by its deadline. */
export function appendIn(sink: Sink, records: readonly SinkRecord[], ms: number) {
  const toLate = () =>
    new Error(`The append did not settle by its deadline: ${JSON.stringify(sink.health())}`);
  return withDeadline(sink.append(records, deadlineIn(ms)), ms + 2_000, toLate);
}
