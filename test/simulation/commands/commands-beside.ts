import type { Env } from '../../../src/runtime/config-error.ts';
import { runJudges } from '../../faults/verdict/run-judges.ts';
import type { Asked } from '../kafka/broker-session.ts';
import type { SimulationViolation } from '../scenario.ts';
import { createRandom } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { type CommandEvidence, commandJudges, judgeReplayed, type KeptRecord } from './judge-commands.ts';
import { commandProcess, type RanCommand, runCommand } from './run-command.ts';

/**
 * Maximum number of connections from one command to one broker: connections for reads, coordinators, metadata requests
 * and writes.
 */
export const mostConnections = 6;

interface CommandsDeps {
  readonly world: World;
  readonly seed: number;
  readonly env: Env;
  /** Returns the events that the store currently contains. */
  readonly events: () => readonly KeptRecord[];
  readonly deadLetters: () => readonly KeptRecord[];
  /** Whether a topic that the commands read or write has become permanently unavailable. */
  readonly isBlind: () => boolean;
}

const pauseMs = { from: 2_000, to: 9_000 };
const lastStartMs = 42_000;
/** The time range is wide, because a fault may set the clock and thus change the time of stored records. */
const times = ['--since', '2025-12-01', '--until', '2027-01-01'];
const replay = ['replay', '--json'];
const list = ['tail', '--no-follow'];

const fetchKey = 1;

/** The expected outcome of a command, which is determined when the command starts. */
type Expected = Omit<CommandEvidence, 'ran' | 'kept'>;

const amidFaults = { isCalm: false, isSecond: false };
const inCalm = { isCalm: true, isSecond: false };

/** Simulates an operator who queries the store and replays dead letters while faults happen. */
export function startCommands({ world, seed, env, events, deadLetters, isBlind }: CommandsDeps) {
  const random = createRandom(seed);
  const violations: SimulationViolation[] = [];
  let running: { readonly ran: RanCommand; readonly sinceMs: number } | undefined;
  /** Number of stored events when the last replay started. */
  let before: readonly KeptRecord[] = [];
  let isToBeOvertaken = false;

  function run(args: readonly string[], expected: Expected): void {
    const kept = events();
    const ran = runCommand(world, { args, env }, (ended) => {
      running = undefined;
      const line = `${args.slice(0, 2).join(' ')} ended with ${ended.code}`;
      violations.push(
        ...runJudges(commandJudges, { ...expected, ran: ended, kept }).map(
          (text) => ({ kind: 'command', text: `${line}: ${text}` }) as const,
        ),
      );
    });
    running = { ran, sinceMs: world.now() };
  }

  function find(isForgotten: boolean, expected: Expected): void {
    const kept = events();
    if (kept.length === 0) {
      return;
    }
    const { key, headers } = random.pick(kept);
    const asked = isForgotten ? headers.ce_id : key?.toString();
    run(['find', asked ?? '', ...times, '--json'], { ...expected, wanted: headers.ce_id });
  }

  function runOne(): void {
    const choice = random.next();
    if (choice < 0.15 || events().length === 0) {
      run(['find', `never-sent-${random.int(1_000)}`, ...times, '--json'], amidFaults);
    } else if (choice < 0.5) {
      find(choice > 0.4, amidFaults);
    } else if (choice < 0.75) {
      run(list, amidFaults);
    } else {
      run(replay, amidFaults);
    }
  }

  function next(): void {
    if (world.now() < lastStartMs) {
      if (running === undefined) {
        runOne();
      }
      world.after(random.between(pauseMs.from, pauseMs.to), next);
    }
  }

  /**
   * Commands that run after all faults have healed. Each command must succeed, and the second replay must find nothing
   * to do.
   */
  const last = [
    () => {
      before = events();
      run(replay, inCalm);
    },
    () => run(replay, { isCalm: true, isSecond: true }),
    () => {
      isToBeOvertaken = true;
      run(list, inCalm);
    },
    () => {
      isToBeOvertaken = true;
      find(false, inCalm);
    },
  ];

  world.after(random.between(pauseMs.from, pauseMs.to), next);
  return {
    /**
     * Returns whether to move the partition leaders now, in order to invalidate the leader that a command has just
     * looked up. This happens once, right before a broker serves a fetch of one of the last commands.
     */
    isOvertaken(asked: Asked) {
      const isNow = isToBeOvertaken && asked.apiKey === fetchKey && asked.from.startsWith(commandProcess);
      isToBeOvertaken &&= !isNow;
      return isNow;
    },
    async findLack() {
      if (running === undefined && !isBlind()) {
        last.shift()?.();
      }
      return running && `"${running.ran.args.join(' ')}" runs since ${running.sinceMs} ms`;
    },
    judges: {
      judgeCommands: () => violations,
      judgeReplayed: () => (isBlind() ? [] : judgeReplayed(events(), deadLetters(), before)),
    },
  };
}
