import type { Sink, SinkRecord } from '../../src/ports/sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { withDeadline } from '../../src/runtime/with-deadline.ts';

/** Returns a deadline for an append that is a number of milliseconds from now. */
export function deadlineIn(ms: number): number {
  return systemClock.now() + ms;
}

/** Appends records, and checks that the append settles before its deadline. */
export function appendIn(sink: Sink, records: readonly SinkRecord[], ms: number) {
  const toLate = () =>
    new Error(`The append did not settle by its deadline: ${JSON.stringify(sink.health())}`);
  return withDeadline(sink.append(records, deadlineIn(ms)), ms + 2_000, toLate);
}
