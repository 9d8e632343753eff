import { runJudges } from '../../faults/verdict/run-judges.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { Found, RoundEvidence } from './evidence.ts';

/** After the last fault deliveries are taken again, soon. */
export function judgeRecovery({ recoveryLack }: RoundEvidence): SimulationViolation[] {
  return recoveryLack === undefined ? [] : [{ kind: 'not live again', text: recoveryLack }];
}

/** Well again, each process has as many connections to a server as it needs: none that it gave up is left. */
export function judgeConnections({ connections }: RoundEvidence): SimulationViolation[] {
  const { counts, most } = connections;
  return counts.some((connected) => connected > most)
    ? [{ kind: 'without a cause', text: `${counts.join(', ')} connections to the servers` }]
    : [];
}

/** Whoever reads the store on and on gets to its end. */
export function judgeReaders({ readersLack }: RoundEvidence): SimulationViolation[] {
  return readersLack === undefined ? [] : [{ kind: 'not live again', text: readersLack }];
}

export function judgeSpools({ segmentsLeft }: RoundEvidence): SimulationViolation[] {
  return segmentsLeft === 0
    ? []
    : [{ kind: 'not live again', text: `${segmentsLeft} segments are left in spools` }];
}

/** SIGTERM ends a process in time, with 0. */
export function judgeExits({ processes }: RoundEvidence): SimulationViolation[] {
  return processes.flatMap(({ faults }) => faults).map((text) => ({ kind: 'exit', text }));
}

export function judgeUncaught({ uncaught }: RoundEvidence): SimulationViolation[] {
  return uncaught.map(({ message }) => ({ kind: 'uncaught', text: message }));
}

export function judgeStore({ ofStore }: RoundEvidence): Found[] {
  return runJudges(ofStore, undefined);
}
