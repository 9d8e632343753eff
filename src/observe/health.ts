import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';
import type { ReadBackWatch } from './read-back-watch.ts';
import type { ReceiverState } from './receiver-state.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Whether the process is ready. A ready process may have failed checks and then rejects requests. */
  readonly checks: readonly ({ readonly name: string } & CheckState)[];
}

interface HealthOptions {
  /**
   * Whether the process stays ready until it drains, even if checks fail again after all of them were ok. All pods
   * share one store. If a store failure made all pods unready, the ingress would respond to deliveries instead of the
   * pods.
   */
  readonly staysReady: boolean;
}

/**
 * Evaluates readiness: the process is ready if all checks are ok. Liveness does not need a check, because a process
 * that responds is alive.
 */
export class Health {
  readonly #checks: readonly ReadinessCheck[];
  readonly #staysReady: boolean;
  #wasReady = false;
  #isDraining = false;

  constructor(checks: readonly ReadinessCheck[], { staysReady }: HealthOptions) {
    this.#checks = checks;
    this.#staysReady = staysReady;
  }

  /** Makes the process unready before it shuts down. */
  drain(): void {
    this.#isDraining = true;
  }

  readiness(): Readiness {
    const checkResults = this.#checks.map(({ name, check }) => ({ name, ...check() }));
    const isDraining = this.#isDraining;
    this.#wasReady = checkResults.every(({ ok }) => ok) || (this.#staysReady && this.#wasReady);
    checkResults.push({ name: 'lifecycle', ok: !isDraining, detail: isDraining ? 'shutting down' : '' });
    return { ready: this.#wasReady && !isDraining, checks: checkResults };
  }
}

interface ReceiverCheckDeps extends Pick<ReceiverState, 'certificate'> {
  readonly secrets: Pick<SecretWatch, 'check'>;
  readonly store: {
    readonly watch: Pick<SinkWatch, 'check'>;
    readonly readBack: Pick<ReadBackWatch, 'check'>;
  };
}

/** Creates the checks that must be ok before the receiver becomes ready. Later failures are only reported. */
export function createReceiverChecks({
  store,
  secrets,
  certificate,
}: ReceiverCheckDeps): readonly ReadinessCheck[] {
  const receiverChecks = [
    { name: 'sink', check: () => store.watch.check() },
    { name: 'secrets', check: () => markFaulty(secrets.check()) },
    { name: 'read-back', check: () => markFaulty(store.readBack.check()) },
  ];
  // The last valid certificate stays in use.
  const checkCertificate = () => markFaulty({ ok: true, detail: certificate?.problem() ?? '' });
  return certificate === undefined
    ? receiverChecks
    : [...receiverChecks, { name: 'certificate', check: checkCertificate }];
}

/** Marks a check as faulty if it has a detail, without making the process unready. */
function markFaulty(state: CheckState): CheckState {
  return state.detail === '' ? state : { ...state, hasFault: true };
}
