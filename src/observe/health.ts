import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';
import type { ReadBackWatch } from './read-back-watch.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';

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

interface CheckedParts {
  readonly sinkWatch: Pick<SinkWatch, 'check'>;
  readonly secrets: Pick<SecretWatch, 'check'>;
  readonly readBack: Pick<ReadBackWatch, 'check'>;
  /** With TLS of its own: why the certificate files cannot be used now. */
  readonly certificateProblem?: (() => string | undefined) | undefined;
}

/** What has to be well before a receiver is ready, and is named when it is not well later. */
export function createReceiverChecks(parts: CheckedParts): readonly ReadinessCheck[] {
  const { sinkWatch, secrets, readBack, certificateProblem } = parts;
  // The last good certificate serves.
  const checkCertificate = () => toFaulty({ ok: true, detail: certificateProblem?.() ?? '' });
  return [
    { name: 'sink', check: () => sinkWatch.check() },
    { name: 'secrets', check: () => toFaulty(secrets.check()) },
    { name: 'read-back', check: () => toFaulty(readBack.check()) },
    ...(certificateProblem === undefined ? [] : [{ name: 'certificate', check: checkCertificate }]),
  ];
}

/** Whatever this check says is wrong, as the command `check` would say. */
function toFaulty(state: CheckState): CheckState {
  return state.detail === '' ? state : { ...state, hasFault: true };
}
