import type { ServerWorld } from '../world/world.ts';
import { createAppendOnlyFile, type Step } from './append-only-file.ts';
import type { CommandWords } from './command-reader.ts';
import { type Conditions, createConditions } from './conditions.ts';
import type { Disturbance } from './disturbance.ts';
import { createExecutor } from './executor.ts';
import type { Keyspace } from './keyspace.ts';
import { createQuestions } from './questions.ts';
import type { RedisNode } from './redis-node.ts';
import { createRedisSession, type RedisSession } from './redis-session.ts';
import type { Replication } from './replication.ts';

interface RedisNodeDeps {
  readonly name: string;
  readonly world: ServerWorld;
  readonly conditions?: Partial<Conditions>;
  /** By its own clock, which may be wrong. */
  readonly nowMs: () => number;
  /** What goes wrong with a command; `undefined`: nothing. */
  readonly disturb: (words: CommandWords) => Disturbance | undefined;
  /** It has ended by itself. */
  readonly onExit: () => void;
}

const maxArgumentBytes = 536_870_912;

export function createRedisNode({ name, world, nowMs, disturb, ...deps }: RedisNodeDeps): RedisNode {
  const conditions = createConditions(deps.conditions);
  const sessions = new Set<RedisSession>();
  let log: Step[] = [];
  let data: Keyspace = new Map();
  let role: 'primary' | 'replica' = 'primary';
  let replication: Replication | undefined;
  let state: 'down' | 'loading' | 'running' = 'running';
  let isPaused = false;
  let isServing = false;
  let cancelLoading = () => {};

  const file = createAppendOnlyFile({ world, conditions, done: () => log.length, onSync: serve });
  const execute = createExecutor({
    facts: () => ({
      conditions,
      isPrimary: role === 'primary',
      isLoading: state === 'loading',
      replicas: Number(replication?.isOnline() ?? false),
      hasDiskFailed: file.hasFailed(),
    }),
    data: () => data,
    nowMs,
    onStep(step, session, by) {
      if (step.length > 0) {
        for (const words of by) {
          world.note(name, `carries out ${words.slice(0, 2).join(' ')}`, () => words.join(' '));
        }
        session.lastStep = add(step);
      }
    },
    questions: createQuestions(() => node),
  });

  function add(step: Step): number {
    log.push(step);
    file.flush();
    replication?.ship();
    if (file.hasFailed() && conditions.appendFsync === 'always') {
      // It cannot take back what it has in memory, so it ends instead of going on without its file.
      kill('written');
      deps.onExit();
    }
    return log.length;
  }

  /** With `always` the process itself waits for its disk. */
  const isStanding = () =>
    isPaused || (conditions.isDiskStuck && conditions.appendOnly && conditions.appendFsync === 'always');

  function serve(): void {
    if (isServing || state === 'down' || isStanding()) {
      return;
    }
    isServing = true;
    for (let done = -1; done !== log.length; ) {
      done = log.length;
      for (const session of sessions) {
        session.run();
        session.retry();
      }
    }
    isServing = false;
  }

  function kill(keeps: 'written' | 'synced'): void {
    if (state !== 'down') {
      const [least, most] = [file.synced(), file.written()];
      const kept = keeps === 'written' ? most : least + world.random.int(most - least + 1);
      world.note(name, `ends with ${kept} of ${log.length} steps on its disk`);
      state = 'down';
      isPaused = false;
      cancelLoading();
      file.close();
      for (const session of sessions) {
        session.end();
      }
      log = log.slice(0, kept);
    }
  }

  const node: RedisNode = {
    name,
    conditions,
    file,
    get log() {
      return log;
    },
    data: () => data,
    syncedData: () => play(new Map(), log.slice(0, file.synced())),
    accept(socket) {
      if (state === 'down') {
        socket.destroy();
      } else if (conditions.isCrowded) {
        socket.on('error', () => {}).resume();
        socket.end('-ERR max number of clients reached\r\n');
      } else {
        const session = createRedisSession({
          world,
          socket,
          isLoggedIn: conditions.password === '',
          maxArgumentBytes,
          execute,
          disturb,
          onCommands: serve,
          onEnd: (ended) => sessions.delete(ended),
        });
        sessions.add(session);
      }
    },
    isDown: () => state === 'down',
    isRunning: () => state === 'running' && !isPaused,
    isLoading: () => state === 'loading',
    isPrimary: () => role === 'primary',
    replication: () => replication,
    setRole(next, following) {
      const had = role;
      role = next;
      replication = following;
      if (had === 'primary' && role === 'replica') {
        for (const session of sessions) {
          session.unblockByRole();
        }
      }
    },
    change(change) {
      change(data);
      add([change]);
      serve();
    },
    follow(steps) {
      play(data, steps);
      log.push(...steps);
      file.flush();
    },
    copy(others) {
      file.close();
      log = [...others];
      data = play(new Map(), log);
      file.open(log.length);
    },
    serve,
    kill,
    start(loadMs) {
      state = 'loading';
      conditions.appendOnly = true;
      data = play(new Map(), log);
      file.open(log.length);
      cancelLoading = world.after(loadMs, () => {
        state = 'running';
        world.note(name, 'has loaded its data');
      });
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      serve();
    },
  };
  file.open(0);
  return node;
}

function play(data: Keyspace, steps: readonly Step[]): Keyspace {
  for (const step of steps) {
    for (const change of step) {
      change(data);
    }
  }
  return data;
}
