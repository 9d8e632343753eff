import type { KnownSecrets } from '../webhook/secret.ts';

/** What changed between two moments, by labels alone. */
export interface SecretChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Another value has the same label. */
  readonly replaced: readonly string[];
  /** They are there, and cannot be used now. */
  readonly unusable: readonly string[];
}

export function describeSecretChange(before: KnownSecrets, after: KnownSecrets): SecretChange {
  const old = toValues(before);
  const now = toValues(after);
  return {
    added: [...now.keys()].filter((label) => !old.has(label)),
    removed: [...old.keys()].filter((label) => !now.has(label)),
    replaced: [...now]
      .filter(([label, value]) => old.has(label) && old.get(label) !== value)
      .map(([label]) => label),
    unusable: after.faults.map(({ label }) => label ?? 'the whole directory'),
  };
}

function toValues({ secrets }: KnownSecrets): ReadonlyMap<string, string> {
  return new Map(secrets.map(({ label, value }) => [label, value]));
}
