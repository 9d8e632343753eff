import { UsageError } from '../../../runtime/errors.ts';
import type { Secret } from '../../../webhook/secret.ts';
import { ProviderApiError } from '../api/provider-api-error.ts';
import type { Registration, RegistrationSettings, WantedRegistration } from './registration.ts';
import { findRegistrationChanges, isSecretHidden, type RegistrationChange } from './registration-changes.ts';
import type { VersionedRegistration, WebhookApi } from './webhook-api.ts';

export interface ApplyOptions {
  /** Changes nothing; the result is what would be done. */
  readonly dryRun: boolean;
  /** Writes the secret even when the provider does not show which one it has. */
  readonly setSecret: boolean;
}

export interface ApplyResult {
  readonly action: 'create' | 'update' | 'delete' | 'none';
  readonly id?: string;
  readonly changes: readonly RegistrationChange[];
  /** Whether the secret at the provider is the wanted one is not known. */
  readonly secretUnknown: boolean;
}

/** Defaults of a new registration. The provider recommends batches. */
const creationDefaults = { batch: true, maxBatchSize: 100, batchTimeout: 1 };

/** Creates the registration of that name, or updates what differs from `wanted`. */
export async function applyRegistration(
  api: WebhookApi,
  { secrets, ...others }: WantedRegistration,
  { dryRun, setSecret }: ApplyOptions,
): Promise<ApplyResult> {
  const present = await findRegistration(api, others.name);
  const secret = chooseSecret(secrets, present?.registration);
  const wanted: RegistrationSettings = { ...others, ...(secret !== undefined && { secret }) };
  if (present === undefined) {
    return create(api, wanted, dryRun);
  }
  const { registration, etag } = present;
  const { id } = registration;
  const hidden = isSecretHidden(registration);
  const changes = [...findRegistrationChanges(registration, wanted)];
  if (hidden && setSecret) {
    changes.push({ field: 'secret', text: 'secret: set (the provider does not show the present one)' });
  }
  if (changes.length === 0) {
    return { action: 'none', id, changes, secretUnknown: hidden };
  }
  if (secret === undefined) {
    // An update writes the secret as well, and nobody knows the one to repeat.
    throw undecidedSecret(secrets);
  }
  if (!dryRun) {
    await api.update(id, toSettings(registration, wanted), etag);
  }
  return { action: 'update', id, changes, secretUnknown: false };
}

/** Deletes the registration of that name, if there is one. */
export async function deleteRegistration(
  api: WebhookApi,
  name: string,
  { dryRun }: Pick<ApplyOptions, 'dryRun'>,
): Promise<ApplyResult> {
  const present = await findRegistration(api, name);
  if (present === undefined) {
    return { action: 'none', changes: [], secretUnknown: false };
  }
  if (!dryRun) {
    await api.remove(present.registration.id, present.etag);
  }
  return { action: 'delete', id: present.registration.id, changes: [], secretUnknown: false };
}

async function create(api: WebhookApi, wanted: RegistrationSettings, dryRun: boolean): Promise<ApplyResult> {
  if (wanted.url === undefined || wanted.subscriptions === undefined) {
    const missing = wanted.url === undefined ? '--url' : 'at least one --event';
    throw new UsageError(`there is no registration "${wanted.name}" yet, and a new one needs ${missing}`);
  }
  const settings = { ...creationDefaults, ...wanted };
  const changes = findRegistrationChanges({ id: '', name: wanted.name, secret: 'none' }, settings).map(
    (change) => (change.field === 'secret' ? { ...change, text: 'secret: set' } : change),
  );
  if (dryRun) {
    return { action: 'create', changes, secretUnknown: false };
  }
  const { id } = await api.create(settings);
  return { action: 'create', id, changes, secretUnknown: false };
}

/** The registration of that name. @throws {ProviderApiError} when several have it */
async function findRegistration(api: WebhookApi, name: string): Promise<VersionedRegistration | undefined> {
  const [found, ...others] = (await api.list()).filter((registration) => registration.name === name);
  if (others.length > 0) {
    const ids = [found, ...others].map((each) => each?.id).join(', ');
    throw new ProviderApiError(
      'rejected',
      `The account has ${others.length + 1} registrations with the name "${name}" (${ids}): rename or delete all but one in the portal, then run again.`,
    );
  }
  return found === undefined ? undefined : api.read(found.id);
}

/** The API replaces a whole registration, so an update repeats what stays as it is. */
function toSettings(
  { id: _id, ...present }: Registration,
  wanted: RegistrationSettings,
): RegistrationSettings {
  return { ...present, ...wanted };
}

/**
 * The secret that a registration is to have, of those that the receiver takes. Several are valid during a rotation. The
 * provider then keeps the one that it has: with another one it would sign what pods may not know yet, and 401 loses an event.
 *
 * @returns `undefined` when it keeps one that it does not show
 * @throws {UsageError} when somebody has to say which one
 */
function chooseSecret(valid: readonly Secret[], present: Registration | undefined): string | undefined {
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

function undecidedSecret(valid: readonly Secret[]): UsageError {
  const labels = valid.map(({ label }) => label).join(', ');
  return new UsageError(
    `several secrets are valid (${labels}): name the one that the provider is to sign with by --secret-file (in the chart secretKey in webhooks)`,
  );
}
