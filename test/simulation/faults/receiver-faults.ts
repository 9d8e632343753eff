import type { Link } from '../network/network.ts';
import type { SupervisedProcess } from '../receiver/supervised-process.ts';
import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';

const receiverFaultKinds = ['receiver killed', 'receiver terminated', 'deliveries cut', 'clock set'] as const;

type ReceiverFaultKind = (typeof receiverFaultKinds)[number];

const maxClockStepMs = 2 * 3_600_000;
/**
 * Delay before a restart. After an immediate restart, the port would still be in use, so a real supervisor waits too.
 */
const startMs = { from: 20, to: 3_000 };

/**
 * Plans faults of the receiver. Most rounds have none, because a restart clears the state of a process and so hides
 * defects that depend on that state.
 */
export function planReceiverFaults(
  random: Random,
  { fromMs, toMs }: FaultSpan,
  names: readonly string[],
): Fault[] {
  const count = random.chance(0.6) ? 0 : random.between(1, 3);
  return Array.from({ length: count }, () => ({
    kind: random.pick(receiverFaultKinds),
    target: random.pick(names),
    atMs: random.between(fromMs, toMs),
    forMs: 0,
    amount: random.next(),
  }));
}

export function isReceiverFault({ kind }: Fault): boolean {
  return receiverFaultKinds.some((each) => each === kind);
}

interface ReceiverFaultDeps {
  readonly world: World;
  readonly receivers: readonly SupervisedProcess[];
  readonly linkOf: (receiver: string) => Link;
  /** Called when a fault closes connections that carry deliveries. The receiver is not to blame for such failures. */
  readonly onCut: () => void;
}

/** Applies a fault of the receiver. @returns `undefined` if the fault is of a different kind */
export function applyReceiverFault(
  { kind, target, amount = 0 }: Fault,
  { world, receivers, linkOf, onCut }: ReceiverFaultDeps,
): (() => void) | undefined {
  const receiver = receivers.find(({ name }) => name === target);
  const inMs = startMs.from + Math.floor(amount * (startMs.to - startMs.from));
  const actions: Readonly<Record<ReceiverFaultKind, () => void>> = {
    'receiver killed': () => receiver?.kill(inMs),
    'receiver terminated': () => receiver?.terminate(inMs),
    'deliveries cut': () => {
      onCut();
      linkOf(target).cut(amount < 0.7 ? 'reset' : 'end');
    },
    'clock set': () => world.setClock(Math.floor((amount - 0.5) * 2 * maxClockStepMs)),
  };
  if (!(kind in actions)) {
    return undefined;
  }
  actions[kind as ReceiverFaultKind]();
  return () => undefined;
}
