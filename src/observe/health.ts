import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Of a process that stays ready some may not be ok: it says so itself to whoever asks it for work. */
  readonly checks: readonly ({ readonly name: string } & CheckState)[];
}

interface HealthOptions {
  /**
   * Ready once all checks were ok, and then until it drains. All pods share their store: unready together, they would leave
   * the answers to the ingress.
   */
  readonly staysReady: boolean;
}

/** The process is ready when all checks are ok. Liveness needs no check: a process that answers is alive. */
export class Health {
  readonly #checks: readonly ReadinessCheck[];
  readonly #staysReady: boolean;
  #wasReady = false;
  #isDraining = false;

  constructor(checks: readonly ReadinessCheck[], { staysReady }: HealthOptions) {
    this.#checks = checks;
    this.#staysReady = staysReady;
  }

  /** From now on the process is not ready, because it is shutting down. */
  drain(): void {
    this.#isDraining = true;
  }

  readiness(): Readiness {
    const checks = this.#checks.map(({ name, check }) => ({ name, ...check() }));
    const isDraining = this.#isDraining;
    this.#wasReady = checks.every(({ ok }) => ok) || (this.#staysReady && this.#wasReady);
    checks.push({ name: 'lifecycle', ok: !isDraining, detail: isDraining ? 'shutting down' : '' });
    return { ready: this.#wasReady && !isDraining, checks };
  }
}
