import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ({ readonly name: string } & CheckState)[];
}

export interface Health {
  readiness(): Readiness;
  /** From now on the process is not ready, because it is shutting down. */
  drain(): void;
}

/** The process is ready when all checks are ok. Liveness needs no check: a process that answers is alive. */
export function createHealth(checks: readonly ReadinessCheck[]): Health {
  let draining = false;
  return {
    drain() {
      draining = true;
    },
    readiness() {
      const results = checks.map(({ name, check }) => ({ name, ...check() }));
      results.push({ name: 'lifecycle', ok: !draining, detail: draining ? 'shutting down' : '' });
      return { ready: results.every(({ ok }) => ok), checks: results };
    },
  };
}
