import { expect, test } from 'vitest';
import { sumByPart } from './profile-parts.ts';

const frame = (id: number, functionName: string, url: string, children: readonly number[] = []) => ({
  id,
  callFrame: { functionName, url },
  children,
});

/**
 * Stack frames of a profile: the root, a delivery whose signature is verified, a response that is written to a socket,
 * ticks, and an idle process.
 */
const nodes = [
  frame(1, '(root)', '', [2, 5, 7]),
  frame(2, 'processTicksAndRejections', 'node:internal/process/task_queues', [3, 8]),
  frame(3, 'receiveWebhook', 'file:///app/src/webhook/receive-webhook.ts', [4]),
  frame(4, 'hash', 'node:internal/crypto/hash'),
  frame(5, 'end', 'node:_http_outgoing', [6]),
  frame(6, 'writeGeneric', 'node:internal/stream_base_commons'),
  frame(7, '(idle)', ''),
  frame(8, 'emit', 'node:events'),
];

test('a sample counts for the innermost part on its stack, and idle time for none', () => {
  const profile = { nodes, samples: [4, 6, 7, 8, 3], timeDeltas: [100, 200, 400, 300, 400] };
  const shares = sumByPart(profile, 1);
  expect(Object.fromEntries([...shares].filter(([, share]) => share > 0))).toEqual({
    'the flow of a delivery': 0.4,
    'sockets, streams, events and timers of Node': 0.3,
    'write the response': 0.2,
    'verify the signature': 0.1,
  });
});

test('only the last seconds with deliveries count', () => {
  const profile = { nodes, samples: [4, 3, 6], timeDeltas: [100, 2_000_000, 100] };
  expect(sumByPart(profile, 1).get('the flow of a delivery')).toBe(1);
});
