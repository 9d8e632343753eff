import { createHmac, timingSafeEqual } from 'node:crypto';
import { undoKnownAlterations } from './altered-bodies.ts';
import type { ExaminedCause } from './signature-cause.ts';
import type { ParsedSignature } from './signature-header.ts';
import { type CandidateSecrets, listOwnSecrets, listSimilarKeys } from './similar-secrets.ts';

/** A signature that does not match the body with any of the secrets. */
export interface UnmatchedSignature extends Pick<ParsedSignature, 'algorithm' | 'digest'> {
  readonly body: Buffer;
}

export interface Explanation {
  readonly cause: ExaminedCause | 'not_examined';
  readonly secret?: string;
  /** Name of the registration that owns this secret. Present only for a different registration. */
  readonly ofWebhook?: string;
  /** Error that was thrown by the examination, which is a defect of this program. */
  readonly err?: unknown;
}

/**
 * Finds out why a signature matches none of the secrets. First, it tries similar secrets with the body as it arrived.
 * Then, it tries the registration's own secrets with similar bodies, each of which has one alteration.
 */
export function explainSignature(signature: UnmatchedSignature, candidates: CandidateSecrets): Explanation {
  for (const { key, ...explanation } of listSimilarKeys(candidates)) {
    if (isSignedWith(key, signature)) {
      return explanation;
    }
  }
  for (const { cause, body } of undoKnownAlterations(signature.body)) {
    const secret = listOwnSecrets(candidates).find(({ value }) =>
      isSignedWith(value, { ...signature, body }),
    );
    if (secret !== undefined) {
      return { cause, secret: secret.label };
    }
  }
  return { cause: classifyBody(signature.body) };
}

export function isSignedWith(key: string | Buffer, { algorithm, digest, body }: UnmatchedSignature): boolean {
  return timingSafeEqual(createHmac(algorithm, key).update(body).digest(), digest);
}

/** Classifies the body if neither a similar secret nor a similar body explains the signature. */
function classifyBody(body: Buffer): ExaminedCause {
  if (body.length === 0) {
    return 'no_body';
  }
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? 'mismatch' : 'not_json';
  } catch {
    return 'not_json';
  }
}
