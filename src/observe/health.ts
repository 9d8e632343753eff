import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ({ readonly name: string } & CheckState)[];
}

/** The process is ready when all checks are ok. Liveness needs no check: a process that answers is alive. */
export class Health {
  readonly #checks: readonly ReadinessCheck[];
  #isDraining = false;

  constructor(checks: readonly ReadinessCheck[]) {
    this.#checks = checks;
  }

  /** From now on the process is not ready, because it is shutting down. */
  drain(): void {
    this.#isDraining = true;
  }

  readiness(): Readiness {
    const checks = this.#checks.map(({ name, check }) => ({ name, ...check() }));
    const isDraining = this.#isDraining;
    checks.push({ name: 'lifecycle', ok: !isDraining, detail: isDraining ? 'shutting down' : '' });
    return { ready: checks.every(({ ok }) => ok), checks };
  }
}
