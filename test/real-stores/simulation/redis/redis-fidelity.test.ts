import { expect, onTestFinished, test } from 'vitest';
import { recordStories } from './record-stories.ts';
import { type Side, startModelSide, startRealSide } from './redis-side.ts';
import type { Seen } from './redis-story.ts';

/** Identifiers are of their time: each becomes its place among those that were seen. */
function createMask() {
  const known = new Map<string, string>();
  const maskText = (text: string) =>
    text.replace(/\d{13}-\d+/g, (id) => {
      known.set(id, known.get(id) ?? `<id ${known.size + 1}>`);
      return known.get(id) as string;
    });
  return function mask(reply: unknown): unknown {
    if (reply instanceof Error) {
      return `error: ${maskText(reply.message)}`;
    }
    if (Array.isArray(reply)) {
      return reply.map(mask);
    }
    return Buffer.isBuffer(reply) || typeof reply === 'string' ? maskText(String(reply)) : reply;
  };
}

async function tell(side: Side, story: (side: Side) => Promise<Seen>): Promise<unknown> {
  onTestFinished(() => side.end());
  return createMask()(await story(side));
}

test.each(Object.entries(recordStories))('the model %s as a real server does', async (_name, story) => {
  const real = await tell(await startRealSide(), story);
  expect(await tell(startModelSide(), story)).toEqual(real);
});
