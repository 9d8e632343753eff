// Script that is preloaded into the receiver, to prove that the regression check detects a higher cost. For each
// response, the script computes a second signature and parses as many bytes of JSON as the delivery had.
import { createHmac } from 'node:crypto';
import { ServerResponse } from 'node:http';

const event = JSON.stringify({
  eventId: '00000000-0000-4000-8000-000000000000',
  name: 'message.delivered',
  payload: { messageId: '00000000-0000-4000-8000-000000000000', text: 'x'.repeat(640) },
});
const { end } = ServerResponse.prototype;

ServerResponse.prototype.end = function slowEnd(this: ServerResponse, ...args: unknown[]) {
  const bytes = Number(this.req.headers['content-length'] ?? 0);
  const events = Math.max(1, Math.round(bytes / event.length));
  const body = Buffer.from(`[${Array(events).fill(event).join(',')}]`);
  createHmac('sha1', 'secret').update(body).digest();
  JSON.parse(body.toString());
  return end.apply(this, args as never);
} as typeof end;
