import { runJudges } from '../../faults/verdict/run-judges.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { Found, RoundEvidence } from './evidence.ts';

/** Soon after the last fault, the receiver must accept deliveries again. */
export function judgeRecovery({ recoveryLack }: RoundEvidence): SimulationViolation[] {
  return recoveryLack === undefined ? [] : [{ kind: 'not live again', text: recoveryLack }];
}

/**
 * After recovery, a process must have only the connections that it needs, and must have closed all abandoned
 * connections.
 */
export function judgeConnections({ connections }: RoundEvidence): SimulationViolation[] {
  const { counts, most } = connections;
  return counts.some((connected) => connected > most)
    ? [{ kind: 'without a cause', text: `${counts.join(', ')} connections to the servers` }]
    : [];
}

/** A continuous reader of the store must reach its end. */
export function judgeReaders({ readersLack }: RoundEvidence): SimulationViolation[] {
  return readersLack === undefined ? [] : [{ kind: 'not live again', text: readersLack }];
}

export function judgeSpools({ segmentsLeft }: RoundEvidence): SimulationViolation[] {
  return segmentsLeft === 0
    ? []
    : [{ kind: 'not live again', text: `${segmentsLeft} segments are left in spools` }];
}

/** After SIGTERM, a process must exit with code 0 within the grace period. */
export function judgeExits({ processes }: RoundEvidence): SimulationViolation[] {
  return processes.flatMap(({ faults }) => faults).map((text) => ({ kind: 'exit', text }));
}

export function judgeUncaught({ uncaught }: RoundEvidence): SimulationViolation[] {
  return uncaught.map(({ message }) => ({ kind: 'uncaught', text: message }));
}

export function judgeStore({ ofStore }: RoundEvidence): Found[] {
  return runJudges(ofStore, undefined);
}
