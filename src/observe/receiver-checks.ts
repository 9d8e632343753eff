import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';
import type { ReadBackWatch } from './read-back-watch.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';

interface CheckedParts {
  readonly sinkWatch: Pick<SinkWatch, 'check'>;
  readonly secrets: Pick<SecretWatch, 'check'>;
  readonly readBack: Pick<ReadBackWatch, 'check'>;
  /** With TLS of its own: why the certificate files cannot be used now. */
  readonly certificateProblem?: (() => string | undefined) | undefined;
}

/** Whatever this check says is wrong, as the command `check` would say. */
function toFaulty(state: CheckState): CheckState {
  return state.detail === '' ? state : { ...state, hasFault: true };
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
