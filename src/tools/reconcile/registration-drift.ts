import { toLines } from '../../runtime/foreign-text.ts';
import { findRegistration } from '../provider/registration/apply-registration.ts';
import type { WantedRegistration } from '../provider/registration/registration.ts';
import { findRegistrationChanges, isSecretHidden } from '../provider/registration/registration-changes.ts';
import { resolveSubscriptions } from '../provider/registration/subscriptions.ts';
import type { WebhookApi } from '../provider/registration/webhook-api.ts';

/** How a registration at the provider differs from what was declared. */
export interface RegistrationDrift {
  readonly name: string;
  readonly state: 'as_declared' | 'differs' | 'absent';
  readonly id?: string;
  /** From what it is to what was declared, a sentence each; never a secret. */
  readonly differences: readonly string[];
  /** The provider does not show which secret it has, or whether it has one. */
  readonly secretUnknown: boolean;
  /** As the provider says it: a time, and an identity. */
  readonly updatedOn?: string;
  readonly updatedBy?: string;
}

/** @throws {ProviderApiError} */
export async function findDrift(
  api: WebhookApi,
  { secrets, ...declared }: WantedRegistration,
): Promise<RegistrationDrift> {
  const { name, subscriptions } = declared;
  const present = await findRegistration(api, name);
  if (present === undefined) {
    return { name, state: 'absent', differences: [], secretUnknown: false };
  }
  const { registration } = present;
  const { id, secret: theirs, _updatedOn: updatedOn, _updatedBy: updatedBy } = registration;
  const secret = secrets.find(({ value }) => value === theirs) ?? secrets[0];
  const wanted = {
    ...declared,
    ...(secret && { secret: secret.value }),
    ...(subscriptions && {
      subscriptions: resolveSubscriptions(subscriptions, await api.availableEvents()),
    }),
  };
  const differences = findRegistrationChanges(registration, wanted).map(({ text }) => text);
  return {
    name,
    state: differences.length === 0 ? 'as_declared' : 'differs',
    id,
    differences,
    secretUnknown: isSecretHidden(registration),
    ...(updatedOn !== undefined && { updatedOn }),
    ...(updatedBy !== undefined && { updatedBy }),
  };
}

/** A line, and one for each difference. */
export function formatDrift(drift: RegistrationDrift): string {
  const { name, state, id, differences, secretUnknown, updatedOn, updatedBy } = drift;
  const by = updatedBy === undefined ? '' : ` by ${updatedBy}`;
  const last = updatedOn === undefined ? '' : `; last changed ${updatedOn}${by}`;
  const texts = {
    as_declared: 'is as declared',
    differs: `DIFFERS from what was declared${last}`,
    absent: 'IS ABSENT: the provider sends nothing for it',
  };
  const lines = [
    `registration "${name}"${id === undefined ? '' : ` (${id})`} ${texts[state]}`,
    ...differences.map((text) => `  ${text}`),
    ...(secretUnknown ? ['  secret: the provider does not show which one it has'] : []),
  ];
  return toLines(lines);
}
