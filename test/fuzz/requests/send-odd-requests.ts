import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { createOddRequest, type RequestPlace } from './odd-request.ts';

/** The requests that one connection has sent, and their responses. */
export type OddConnection = Awaited<ReturnType<typeof sendOddRequests>>;

/**
 * Maximum time to wait for a response. After this time, the server has closed the connection or is waiting for more
 * data.
 */
const patienceMs = 150;

/** Sends a few requests on one connection, in packets that are cut at arbitrary positions. */
export async function sendOddRequests(random: Random, port: number, place: RequestPlace) {
  const requests = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
    createOddRequest(random, place),
  );
  const text = requests.map((request) => request.text).join('');
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  /** All responses, one character per byte. */
  let answers = '';
  socket.setEncoding('latin1');
  socket.on('data', (data: string) => {
    answers += data;
  });
  socket.on('error', () => {});
  // A connection reset is a valid response.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (let at = 0; at < text.length && !socket.destroyed; ) {
    const size = random() < 0.5 ? text.length : 1 + Math.floor(random() * 2_000);
    socket.write(Buffer.from(text.slice(at, at + size), 'latin1'));
    at += size;
    if (random() < 0.2) {
      await delay(1);
    }
  }
  const kind = random();
  if (kind < 0.1) {
    socket.destroy();
  } else if (kind < 0.4) {
    socket.end();
  }
  for (let heard = -1; heard < answers.length; ) {
    heard = answers.length;
    await Promise.race([closed, delay(patienceMs)]);
  }
  socket.destroy();
  const signedBodies = requests.flatMap(({ signedBody }) => signedBody ?? []);
  return { label: place.label, signedBodies, answers };
}
