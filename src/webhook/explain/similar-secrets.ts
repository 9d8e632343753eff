import type { Secret } from '../secret.ts';
import type { ExaminedCause } from './signature-cause.ts';

/** The secrets with which a sender may have signed a delivery to one registration. */
export interface CandidateSecrets {
  readonly own: readonly Secret[];
  readonly removed: readonly Secret[];
  readonly others: readonly OtherWebhookSecret[];
}

export interface OtherWebhookSecret extends Secret {
  readonly webhook: string;
}

/** A key that a sender may have used by mistake. */
export interface SimilarKey {
  readonly cause: ExaminedCause;
  readonly key: string | Buffer;
  /** Label of the secret that the key is derived from. */
  readonly secret: string;
  /** The registration that owns the secret. Present only for a different registration. */
  readonly ofWebhook?: string;
}

const lineFeed = 0x0a;

/** Maximum number of secrets of each kind that are tried. */
const maxTriedSecrets = { own: 4, removed: 4, others: 100 };

/** Returns the secrets to try with altered bodies. */
export function listOwnSecrets({ own }: CandidateSecrets): readonly Secret[] {
  return own.slice(0, maxTriedSecrets.own);
}

/**
 * Lists removed secrets, secrets of other registrations, and variants of the registration's own secrets. The original
 * secrets were already tried.
 */
export function* listSimilarKeys(candidates: CandidateSecrets): Generator<SimilarKey> {
  for (const { label, value } of candidates.removed.slice(0, maxTriedSecrets.removed)) {
    yield { cause: 'secret_removed', key: value, secret: label };
  }
  for (const { webhook, label, value } of candidates.others.slice(0, maxTriedSecrets.others)) {
    yield { cause: 'secret_of_other_webhook', key: value, secret: label, ofWebhook: webhook };
  }
  for (const { label, value } of listOwnSecrets(candidates)) {
    for (const [cause, key] of listVariants(value)) {
      yield { cause, key, secret: label };
    }
  }
}

/** Lists typical alterations of a secret by files, forms and shells. */
function listVariants(secret: string): (readonly [ExaminedCause, string | Buffer])[] {
  const base64Secret = Buffer.from(secret).toString('base64');
  const decodedKeys = decodeBase64Secret(secret);
  return [
    ['secret_white_space', `${secret}\n`],
    ['secret_white_space', `${secret}\r\n`],
    ['secret_white_space', `${secret} `],
    ['secret_white_space', ` ${secret}`],
    ['secret_white_space', `\ufeff${secret}`],
    ['secret_quoted', `"${secret}"`],
    ['secret_quoted', `'${secret}'`],
    ['secret_base64', base64Secret],
    // `echo` appends a line break, which base64 tools then encode too.
    ['secret_base64', Buffer.from(`${secret}\n`).toString('base64')],
    ...decodedKeys.map((key) => ['secret_base64', key] as const),
    ['secret_case', secret.toLowerCase()],
    ['secret_case', secret.toUpperCase()],
  ];
}

/**
 * Decodes a base64 secret. Other text is skipped, because it would decode to a key that is so short that anyone could
 * guess it.
 */
function decodeBase64Secret(secret: string): Buffer[] {
  const bytes = Buffer.from(secret, 'base64');
  const isBase64 = bytes.toString('base64') === secret;
  return isBase64 ? [bytes, bytes.at(-1) === lineFeed ? bytes.subarray(0, -1) : bytes] : [];
}
