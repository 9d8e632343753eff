import type { Duplex } from 'node:stream';
import { encodeFrame } from '../../support/rabbitmq/amqp-frames.ts';
import type { ServerWorld } from '../world/world.ts';
import type { Output } from './output.ts';

const heartbeat = encodeFrame(8, 0, Buffer.alloc(0));

interface HeartbeatDeps {
  readonly world: ServerWorld;
  readonly output: Output;
  readonly socket: Duplex;
  /** Whether reading is paused, so that missing heartbeats are not counted. */
  readonly isPaused: () => boolean;
}

/** Sends two heartbeats per interval, and closes a connection that has received nothing for two intervals. */
export function startHeartbeats(seconds: number, { world, output, socket, isPaused }: HeartbeatDeps): void {
  const halfMs = seconds * 500;
  let silentHalves = 0;

  function beat(): void {
    if (socket.destroyed) {
      return;
    }
    output.write(heartbeat);
    silentHalves = isPaused() ? 0 : silentHalves + 1;
    if (silentHalves > 4) {
      socket.destroy();
    } else {
      world.after(halfMs, beat);
    }
  }

  if (seconds > 0) {
    socket.on('data', () => {
      silentHalves = 0;
    });
    world.after(halfMs, beat);
  }
}
