import type { Secret } from '../secret.ts';
import type { ExaminedCause } from './signature-cause.ts';

/** Every secret that a signature may be of, for one registration. */
export interface SecretsAround {
  /** Those that verify. */
  readonly own: readonly Secret[];
  /** They verified until lately. */
  readonly removed: readonly Secret[];
  readonly others: readonly OtherSecret[];
}

/** A secret of another registration. */
export interface OtherSecret extends Secret {
  readonly webhook: string;
}

/** A key that a sender may have signed with by mistake. */
export interface NearKey {
  readonly cause: ExaminedCause;
  readonly key: string | Buffer;
  /** Label of the secret that it was made of. */
  readonly secret: string;
  /** Whose secret it is, if it is another registration's. */
  readonly ofWebhook?: string;
}

const lineFeed = 0x0a;

/** How many secrets of each kind are tried. */
const most = { own: 4, removed: 4, others: 100 };

/** The secrets that a changed body is tried with. */
export function takeOwn({ own }: SecretsAround): readonly Secret[] {
  return own.slice(0, most.own);
}

/** All but the secrets that verify: those have been tried. */
export function* listNearKeys(around: SecretsAround): Generator<NearKey> {
  for (const { label, value } of around.removed.slice(0, most.removed)) {
    yield { cause: 'secret_removed', key: value, secret: label };
  }
  for (const { webhook, label, value } of around.others.slice(0, most.others)) {
    yield { cause: 'secret_of_other_webhook', key: value, secret: label, ofWebhook: webhook };
  }
  for (const { label, value } of takeOwn(around)) {
    for (const [cause, key] of listVariants(value)) {
      yield { cause, key, secret: label };
    }
  }
}

/** What becomes of a secret on its way through files, forms and shells. */
function listVariants(secret: string): (readonly [ExaminedCause, string | Buffer])[] {
  const encoded = Buffer.from(secret).toString('base64');
  const decoded = decode(secret);
  return [
    ['secret_white_space', `${secret}\n`],
    ['secret_white_space', `${secret}\r\n`],
    ['secret_white_space', `${secret} `],
    ['secret_white_space', ` ${secret}`],
    ['secret_white_space', `\ufeff${secret}`],
    ['secret_quoted', `"${secret}"`],
    ['secret_quoted', `'${secret}'`],
    ['secret_base64', encoded],
    // `echo` ends what it says with a line end, which is then part of what is encoded.
    ['secret_base64', Buffer.from(`${secret}\n`).toString('base64')],
    ...decoded.map((key) => ['secret_base64', key] as const),
    ['secret_case', secret.toLowerCase()],
    ['secret_case', secret.toUpperCase()],
  ];
}

/** A text that is no base64 would leave next to nothing: a key that everybody has. */
function decode(secret: string): Buffer[] {
  const bytes = Buffer.from(secret, 'base64');
  const isBase64 = bytes.toString('base64') === secret;
  return isBase64 ? [bytes, bytes.at(-1) === lineFeed ? bytes.subarray(0, -1) : bytes] : [];
}
