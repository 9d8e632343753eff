import type { RoundOutcome } from '../scenario.ts';
import { formatLine, type TraceLine } from '../world/trace.ts';

/** Matches ids of the provider's events, ids in filter rounds, and record ids in rounds without HTTP. */
const eventIds = /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|event-\d+|k\d-\d+)\b/g;

/**
 * Returns the trace of the events that are named in the first violation that names an event. If no violation names an
 * event, returns the trace lines that do not concern a single event.
 */
export function tellStory({ violations, trace }: RoundOutcome, isWhole = false): string {
  if (isWhole) {
    return trace.toText();
  }
  const ids = violations.map(({ text }) => text.match(eventIds) ?? []).find(({ length }) => length > 0) ?? [];
  const told = trace.tellOf(ids);
  const ofEach = ids.map((id) => new Set(trace.tellOf([id])));
  const mark = (line: TraceLine) => {
    const named = ids.filter((_, index) => ofEach[index]?.has(line));
    return named.length === ids.length ? '' : ` (${named.join(', ')})`;
  };
  return [
    ...told.map((line) => `${formatLine(line)}${mark(line)}`),
    `${told.length} of ${trace.lines.length} lines, those of ${[...new Set(ids)].join(' and ') || 'no event'}; --trace all prints the others`,
  ].join('\n');
}
