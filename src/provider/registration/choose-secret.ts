import { UsageError } from '../../runtime/usage-error.ts';
import type { Secret } from '../../webhook/secret.ts';
import type { Registration } from './registration.ts';
import { isSecretHidden } from './registration-changes.ts';

/**
 * The secret that a registration is to have, of those that the receiver takes. Several are valid during a rotation. The
 * provider then keeps the one that it has: with another one it would sign what pods may not know yet, and 401 loses an event.
 *
 * @returns `undefined` when it keeps one that it does not show
 * @throws {UsageError} when somebody has to say which one
 */
export function chooseSecret(
  valid: readonly Secret[],
  present: Registration | undefined,
): string | undefined {
  const [first, ...others] = valid;
  if (others.length === 0) {
    return first?.value;
  }
  if (present !== undefined && isSecretHidden(present)) {
    return undefined;
  }
  const kept = valid.find(({ value }) => value === present?.secret);
  if (kept === undefined) {
    throw undecidedSecret(valid);
  }
  return kept.value;
}

export function undecidedSecret(valid: readonly Secret[]): UsageError {
  const labels = valid.map(({ label }) => label).join(', ');
  return new UsageError(
    `several secrets are valid (${labels}): name the one that the provider is to sign with by --secret-file (in the chart secretKey in webhooks)`,
  );
}
