import { UsageError } from '../../../runtime/errors.ts';
import type { Secret } from '../../../webhook/secret.ts';
import { ProviderApiError } from '../api/provider-api-error.ts';
import {
  findRegistrationChanges,
  isSecretHidden,
  type Registration,
  type RegistrationChange,
  type RegistrationSettings,
  type WantedRegistration,
} from './registration.ts';
import type { VersionedRegistration, WebhookApi } from './webhook-api.ts';

export interface ApplyOptions {
  /** Whether to return the changes without making them. */
  readonly dryRun: boolean;
  /** Whether to write the secret even if the provider does not show the current secret. */
  readonly setSecret: boolean;
}

export interface ApplyResult {
  readonly action: 'create' | 'update' | 'delete' | 'none';
  readonly id?: string;
  readonly changes: readonly RegistrationChange[];
  /** Whether the secret could not be compared, because the provider does not show the current secret. */
  readonly secretUnknown: boolean;
}

/** Defaults of a new registration. The provider recommends batches. */
const creationDefaults = { batch: true, maxBatchSize: 100, batchTimeout: 1 };

/** Creates the registration with this name, or updates the settings that differ. */
export async function applyRegistration(
  api: WebhookApi,
  { secrets, ...others }: WantedRegistration,
  { dryRun, setSecret }: ApplyOptions,
): Promise<ApplyResult> {
  const presentRegistration = await findRegistration(api, others.name);
  const secret = chooseSecret(secrets, presentRegistration?.registration);
  const wantedSettings: RegistrationSettings = { ...others, ...(secret !== undefined && { secret }) };
  if (presentRegistration === undefined) {
    return createRegistration(api, wantedSettings, dryRun);
  }
  const { registration, etag } = presentRegistration;
  const { id, ...presentSettings } = registration;
  const hasHiddenSecret = isSecretHidden(registration);
  const changes = [...findRegistrationChanges(registration, wantedSettings)];
  if (hasHiddenSecret && setSecret) {
    changes.push({ field: 'secret', text: 'secret: set (the provider does not show the current secret)' });
  }
  if (changes.length === 0) {
    return { action: 'none', id, changes, secretUnknown: hasHiddenSecret };
  }
  if (secret === undefined) {
    // The update would also write the secret, so the current secret would have to be known.
    throw createUndecidedSecretError(secrets);
  }
  if (!dryRun) {
    // An update replaces the whole registration.
    await api.update(id, { ...presentSettings, ...wantedSettings }, etag);
  }
  return { action: 'update', id, changes, secretUnknown: false };
}

/** Deletes the registration with this name, if it exists. */
export async function deleteRegistration(
  api: WebhookApi,
  name: string,
  { dryRun }: Pick<ApplyOptions, 'dryRun'>,
): Promise<ApplyResult> {
  const presentRegistration = await findRegistration(api, name);
  if (presentRegistration === undefined) {
    return { action: 'none', changes: [], secretUnknown: false };
  }
  if (!dryRun) {
    await api.remove(presentRegistration.registration.id, presentRegistration.etag);
  }
  return { action: 'delete', id: presentRegistration.registration.id, changes: [], secretUnknown: false };
}

async function createRegistration(
  api: WebhookApi,
  wanted: RegistrationSettings,
  dryRun: boolean,
): Promise<ApplyResult> {
  if (wanted.url === undefined || wanted.subscriptions === undefined) {
    const missingOption = wanted.url === undefined ? '--url' : 'at least one --event';
    throw new UsageError(
      `the registration "${wanted.name}" does not exist yet. To create it, give ${missingOption}.`,
    );
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

/** Finds the registration with this name. @throws {ProviderApiError} if several registrations have this name */
async function findRegistration(api: WebhookApi, name: string): Promise<VersionedRegistration | undefined> {
  const [found, ...others] = (await api.list()).filter((registration) => registration.name === name);
  if (others.length > 0) {
    const ids = [found, ...others].map((each) => each?.id).join(', ');
    throw new ProviderApiError(
      'rejected',
      `The account has ${others.length + 1} registrations with the name "${name}" (${ids}). Rename or delete all but one of them in the portal, then run the command again.`,
    );
  }
  return found === undefined ? undefined : api.read(found.id);
}

/**
 * Chooses the secret of a registration. During a rotation, the receiver accepts several secrets. The provider then
 * keeps its current secret, because some pods may not know the new secret yet, and an event that is rejected with 401
 * is lost.
 *
 * @returns `undefined` if the provider keeps a secret that it does not show
 * @throws {UsageError} if the user has to choose one
 */
function chooseSecret(valid: readonly Secret[], present: Registration | undefined): string | undefined {
  const [first, ...others] = valid;
  if (others.length === 0) {
    return first?.value;
  }
  if (present !== undefined && isSecretHidden(present)) {
    return undefined;
  }
  const presentSecret = valid.find(({ value }) => value === present?.secret);
  if (presentSecret === undefined) {
    throw createUndecidedSecretError(valid);
  }
  return presentSecret.value;
}

function createUndecidedSecretError(valid: readonly Secret[]): UsageError {
  const labels = valid.map(({ label }) => label).join(', ');
  return new UsageError(
    `several secrets are valid (${labels}). Choose the secret that the provider signs with: give --secret-file (in the Helm chart, set secretKey in webhooks).`,
  );
}
