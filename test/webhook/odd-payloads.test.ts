import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { testEventName } from '../../src/webhook/test-events.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

/** Unusual JSON values. `String` and `Number` throw an error for the first values. */
const oddValues: readonly unknown[] = [
  { toString: 1, valueOf: 1 },
  { toString: null },
  { toJSON: 1, constructor: null },
  [[[]]],
  null,
  -1,
  1e308,
  '1e999',
  '\u0000',
  '+275760-09-13T00:00:00.001Z',
];
const knownNames = ['id', 'text', '__proto__'];

const payload = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...oddValues),
    fc.jsonValue(),
    tie('members'),
  ),
  members: fc.dictionary(fc.constantFrom(...knownNames), tie('value')),
})).value;

const event = fc.record(
  {
    name: fc.oneof(fc.constantFrom(testEventName, 'message.sent'), payload),
    eventId: fc.oneof(fc.string(), payload),
    revision: fc.oneof(fc.integer(), payload),
    timestamp: fc.oneof(fc.string(), payload),
    payload,
  },
  { requiredKeys: ['name', 'eventId'] },
);

test('whatever a signed body holds, it is answered 200', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const statusOf = async (body: unknown) =>
    (await sendRaw(receiver.url, delivery(JSON.stringify(body)))).status;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(event, payload, fc.array(event)),
      async (body) => (await statusOf(body)) === 200,
    ),
    {
      numRuns: 300,
      examples: oddValues.map((odd): [unknown] => [
        {
          eventId: 'e',
          name: testEventName,
          revision: odd,
          payload: { id: odd, text: odd },
        },
      ]),
    },
  );
  expect(receiver.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
