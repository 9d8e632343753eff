import type { Env } from '../../../src/runtime/config-error.ts';
import type { Asked } from '../kafka/broker-session.ts';
import type { SimulatedStore, SimulationViolation } from '../scenario.ts';
import { createRandom } from '../world/random.ts';
import type { World } from '../world/world.ts';
import {
  judgeFound,
  judgeListed,
  judgePutBack,
  judgeReplayed,
  judgeWords,
  type KeptRecord,
} from './judge-commands.ts';
import { commandProcess, type RanCommand, runCommand } from './run-command.ts';

/** Of one command to one broker: for what it reads, for coordinators, views, and what it writes. */
export const mostConnections = 6;

interface CommandsDeps {
  readonly world: World;
  readonly seed: number;
  readonly env: Env;
  /** What is stored now. */
  readonly events: () => readonly KeptRecord[];
  readonly deadLetters: () => readonly KeptRecord[];
  /** A topic that they read or write is gone for ever. */
  readonly isBlind: () => boolean;
}

const pauseMs = { from: 2_000, to: 9_000 };
const lastStartMs = 42_000;
/** The clock may be set back: what is stored is of later then. */
const times = ['--since', '2025-12-01', '--until', '2027-01-01'];
const replay = ['replay', '--json'];

const fetchKey = 1;

interface Commands extends Required<Pick<SimulatedStore, 'findLack' | 'judge'>> {
  /** Whether the leaders move now: just before a broker reads for one of the last commands, which has found it a moment ago. */
  isOvertaken(asked: Asked): boolean;
}

type Check = (ran: RanCommand) => readonly string[];

/** A person who looks at the store while things go wrong, and puts back what it has rejected. */
export function startCommands({ world, seed, env, events, deadLetters, isBlind }: CommandsDeps): Commands {
  const random = createRandom(seed);
  const violations: SimulationViolation[] = [];
  let running: { readonly ran: RanCommand; readonly sinceMs: number } | undefined;
  /** What had been put back before the last replay. */
  let before: readonly KeptRecord[] = [];
  let isToBeOvertaken = false;

  function run(args: readonly string[], check: Check): void {
    const ran = runCommand(world, { args, env }, (ended) => {
      running = undefined;
      const line = `${args.slice(0, 2).join(' ')} ended with ${ended.code}`;
      violations.push(
        ...[...judgeWords(ended), ...check(ended)].map(
          (text) => ({ kind: 'command', text: `${line}: ${text}` }) as const,
        ),
      );
    });
    running = { ran, sinceMs: world.now() };
  }

  function find(isForgotten: boolean, check: Check = () => []): void {
    const kept = events();
    if (kept.length === 0) {
      return;
    }
    const { key, headers } = random.pick(kept);
    const asked = isForgotten ? headers.ce_id : key?.toString();
    run(['find', asked ?? '', ...times, '--json'], (ran) => [
      ...judgeFound(ran, headers.ce_id),
      ...check(ran),
    ]);
  }

  function list(check: Check = () => []): void {
    const kept = events();
    run(['tail', '--no-follow'], (ran) => [...judgeListed(ran, kept), ...check(ran)]);
  }

  function runOne(): void {
    const choice = random.next();
    if (choice < 0.15 || events().length === 0) {
      run(['find', `never-sent-${random.int(1_000)}`, ...times, '--json'], (ran) => judgeFound(ran));
    } else if (choice < 0.5) {
      find(choice > 0.4);
    } else if (choice < 0.75) {
      list();
    } else {
      run(replay, () => []);
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

  const isAnswered: Check = ({ code, stderr }) => (code === 0 ? [] : [`all is well again: ${stderr}`]);
  /** Well again each has an answer, and a second replay has nothing to do. */
  const last = [
    () => {
      before = events();
      run(replay, isAnswered);
    },
    () => run(replay, (ran) => [...isAnswered(ran), ...judgePutBack(ran)]),
    () => {
      isToBeOvertaken = true;
      list(isAnswered);
    },
    () => {
      isToBeOvertaken = true;
      find(false, isAnswered);
    },
  ];

  world.after(random.between(pauseMs.from, pauseMs.to), next);
  return {
    isOvertaken(asked) {
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
    judge: () => [...violations, ...(isBlind() ? [] : judgeReplayed(events(), deadLetters(), before))],
  };
}
