import type { Duplex } from 'node:stream';
import type { ServerWorld } from '../world/world.ts';
import { type Answer, CommandError, encodeAnswer } from './answer.ts';
import { type CommandWords, createCommandReader } from './command-reader.ts';
import type { Disturbance } from './disturbance.ts';

/** A command that waits for something, and no other of its connection before it. */
export interface Block {
  /** @returns the answer, once there is one */
  retry(): Answer | undefined;
  readonly timeoutMs: number;
  onTimeout(): Answer;
}

/** One connection of a server: what it has sent, and what it is answered. */
export interface RedisSession {
  isLoggedIn: boolean;
  /** Commands since MULTI; `undefined` outside. */
  transaction: { readonly commands: CommandWords[]; isBroken: boolean } | undefined;
  /** The step after the last one of this connection. */
  lastStep: number;
  /** Carries out what has come, up to a command that waits. */
  run(): void;
  /** Asks again for what is waited for. */
  retry(): void;
  /** The server is no primary any more: what is waited for does not come, and the connection ends. */
  unblockByRole(): void;
  end(): void;
}

interface RedisSessionDeps {
  readonly world: ServerWorld;
  readonly socket: Duplex;
  /** Whoever connects while there is no password needs none later. */
  readonly isLoggedIn: boolean;
  /** The largest argument. */
  readonly maxArgumentBytes: number;
  readonly execute: (session: RedisSession, words: CommandWords) => Answer | { readonly block: Block };
  readonly disturb: (words: CommandWords) => Disturbance | undefined;
  /** Commands have come. */
  readonly onCommands: () => void;
  readonly onEnd: (session: RedisSession) => void;
}

export function createRedisSession(deps: RedisSessionDeps): RedisSession {
  const { world, socket, execute, disturb, onCommands, onEnd } = deps;
  const reader = createCommandReader(deps.maxArgumentBytes);
  const waiting: CommandWords[] = [];
  let blocked: { readonly block: Block; readonly disturbance: Disturbance | undefined } | undefined;
  let cancelTimeout = () => {};
  let hasEnded = false;
  let heldUntil = 0;
  let fault: CommandError | undefined;

  function end(): void {
    if (!hasEnded) {
      hasEnded = true;
      cancelTimeout();
      waiting.length = 0;
      blocked = undefined;
      socket.destroy();
      onEnd(session);
    }
  }

  /** In the order of the commands, however long one is held. */
  function send(text: string, { delayMs = 0, cutAfterBytes }: Partial<Disturbance> = {}): void {
    const write = () => {
      if (!hasEnded) {
        socket.write(Buffer.from(text.slice(0, cutAfterBytes), 'latin1'));
        if (cutAfterBytes !== undefined) {
          end();
        }
      }
    };
    heldUntil = Math.max(heldUntil, world.now() + delayMs);
    if (heldUntil > world.now()) {
      world.after(heldUntil - world.now(), write);
    } else {
      write();
    }
  }

  function answer(own: Answer, disturbance: Disturbance | undefined): void {
    if (disturbance?.isLeftOut !== true) {
      send(encodeAnswer(disturbance?.answer === undefined ? own : disturbance.answer), disturbance);
    }
  }

  /** A server never leaves out one command of a transaction: it leaves out all. */
  function skip([name = '']: CommandWords): void {
    if (name.toUpperCase() === 'EXEC') {
      session.transaction = undefined;
    } else if (session.transaction !== undefined) {
      session.transaction.isBroken = true;
    }
  }

  function carryOut(words: CommandWords): void {
    const disturbance = disturb(words);
    let reply: ReturnType<typeof execute> = null;
    if (disturbance?.times === 0) {
      skip(words);
    }
    for (let time = 0; time < (disturbance?.times ?? 1); time += 1) {
      reply = execute(session, words);
    }
    if (reply !== null && typeof reply === 'object' && 'block' in reply) {
      const { block } = reply;
      blocked = { block, disturbance };
      if (block.timeoutMs > 0) {
        cancelTimeout = world.after(block.timeoutMs, () => unblock(block.onTimeout()));
      }
    } else {
      answer(reply, disturbance);
    }
  }

  function run(): void {
    const next = () => (blocked === undefined ? waiting.shift() : undefined);
    for (let words = next(); words !== undefined; words = next()) {
      carryOut(words);
    }
    if (fault !== undefined && blocked === undefined && !hasEnded) {
      send(encodeAnswer(fault));
      socket.end();
      fault = undefined;
    }
  }

  function unblock(reply: Answer): void {
    const was = blocked;
    if (was !== undefined) {
      blocked = undefined;
      cancelTimeout();
      answer(reply, was.disturbance);
      if (waiting.length > 0) {
        onCommands();
      }
    }
  }

  const session: RedisSession = {
    isLoggedIn: deps.isLoggedIn,
    transaction: undefined,
    lastStep: 0,
    run,
    retry() {
      const reply = blocked?.block.retry();
      if (reply !== undefined) {
        unblock(reply);
      }
    },
    unblockByRole() {
      if (blocked !== undefined) {
        waiting.length = 0;
        fault = new CommandError(
          'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
        );
        blocked = undefined;
        cancelTimeout();
        run();
      }
    },
    end,
  };

  socket.on('data', (chunk: Buffer) => {
    try {
      waiting.push(...reader.read(chunk));
    } catch (error) {
      fault = error as CommandError;
    }
    onCommands();
  });
  socket.on('end', end);
  socket.on('error', end);
  socket.on('close', end);
  return session;
}
