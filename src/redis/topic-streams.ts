/** Streams of one topic: with one its name is the topic's, with several each has a number behind it. */
export function toStreamNames(topic: string, count: number): readonly string[] {
  return count === 1 ? [topic] : Array.from({ length: count }, (_, index) => `${topic}.${index}`);
}

/** A topic as the receiver knows it. */
export interface TopicStreams {
  readonly topic: string;
  readonly streams: readonly string[];
}

/** Topics of events share `count` streams each; dead letters, which have no keys, need one. */
export function listStreams(
  topics: readonly { readonly events: string; readonly deadLetter: string }[],
  count: number,
): readonly TopicStreams[] {
  const streams = new Map<string, readonly string[]>();
  for (const { deadLetter } of topics) {
    streams.set(deadLetter, toStreamNames(deadLetter, 1));
  }
  for (const { events } of topics) {
    streams.set(events, toStreamNames(events, count));
  }
  return [...streams].map(([topic, names]) => ({ topic, streams: names }));
}
