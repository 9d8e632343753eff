import { createHmac, timingSafeEqual } from 'node:crypto';
import { JsonRewriter } from './json-rewriter.ts';
import { listNearBodies, toChunks } from './near-bodies.ts';
import { type CandidateSecrets, listOwnSecrets, listSimilarKeys } from './near-secrets.ts';
import type { ExaminedCause } from './signature-cause.ts';
import type { ParsedSignature } from './signature-header.ts';

/** Maximum size of a body that a receiver examines. This size suffices for 500 events of 2 KB. */
export const maxExaminedBytes = 1024 * 1024;

/** A signature that matches the body with none of the secrets. */
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

/** An examination that runs in short steps, so that other work can run between the steps. */
export type Examination<T> = Generator<undefined, T>;

/**
 * Tries each similar secret with the body as it arrived. All secrets are tried even after a match, so that the
 * duration does not reveal the result.
 *
 * @returns `undefined` if no secret explains the signature
 */
export function* examineSecrets(
  signature: UnmatchedSignature,
  candidates: CandidateSecrets,
): Examination<Explanation | undefined> {
  const found: Explanation[] = [];
  for (const { key, ...explanation } of listSimilarKeys(candidates)) {
    const [fits] = yield* matchKeys([key], toChunks(signature.body), signature);
    if (fits === true) {
      found.push(explanation);
    }
  }
  return found[0];
}

/**
 * Tries each similar body, which has one alteration, with the registration's own secrets. All bodies are tried even
 * after a match.
 */
function* examineBody(signature: UnmatchedSignature, candidates: CandidateSecrets): Examination<Explanation> {
  const { body } = signature;
  const own = listOwnSecrets(candidates);
  const keys = own.map(({ value }) => value);
  const found: Explanation[] = [];
  for (const { cause, chunks } of listNearBodies(body, maxExaminedBytes)) {
    const fits = yield* matchKeys(keys, chunks, signature);
    found.push(...own.filter((_, index) => fits[index]).map(({ label }) => ({ cause, secret: label })));
  }
  const cause = yield* classifyBody(body);
  return found[0] ?? { cause };
}

/**
 * Examines first similar secrets and then similar bodies. The examination continues after a match, so that the
 * duration does not reveal the result.
 */
export function* examineSignature(
  signature: UnmatchedSignature,
  candidates: CandidateSecrets,
): Examination<Explanation> {
  const bySecret = yield* examineSecrets(signature, candidates);
  const byBody = yield* examineBody(signature, candidates);
  return bySecret ?? byBody;
}

/** Runs all steps of `examineSignature` without a pause. */
export function explainSignature(signature: UnmatchedSignature, candidates: CandidateSecrets): Explanation {
  const examination = examineSignature(signature, candidates);
  for (;;) {
    const { done, value } = examination.next();
    if (done === true) {
      return value;
    }
  }
}

export function isSignedWith(key: string, { algorithm, digest, body }: UnmatchedSignature): boolean {
  return timingSafeEqual(createHmac(algorithm, key).update(body).digest(), digest);
}

/** Returns, for each key in order, whether the key matches the signature. */
function* matchKeys(
  keys: readonly (string | Buffer)[],
  chunks: Iterable<Uint8Array>,
  { algorithm, digest }: UnmatchedSignature,
): Examination<boolean[]> {
  const hmacs = keys.map((key) => createHmac(algorithm, key));
  for (const chunk of chunks) {
    for (const hmac of hmacs) {
      hmac.update(chunk);
    }
    yield;
  }
  return hmacs.map((hmac) => timingSafeEqual(hmac.digest(), digest));
}

/** Classifies a body that no secret explains. */
function* classifyBody(body: Buffer): Examination<ExaminedCause> {
  if (body.length === 0) {
    return 'no_body';
  }
  const json = new JsonRewriter(body, 'as received');
  let first: number | undefined;
  for (const chunk of json) {
    first ??= chunk[0];
    yield;
  }
  return json.isWhole && (first === 0x7b || first === 0x5b) ? 'mismatch' : 'not_json';
}
