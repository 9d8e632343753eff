import type { RoundOutcome } from '../scenario.ts';
import { formatLine, type TraceLine } from '../world/trace.ts';

/** As the provider's events are named, those of the filter's own rounds, and records of rounds without HTTP. */
const eventIds = /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|event-\d+|k\d-\d+)\b/g;

/** What happened to the events that the first violation with any names; where none does, what concerns no single event. */
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
