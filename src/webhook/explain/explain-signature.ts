import { createHmac, timingSafeEqual } from 'node:crypto';
import { JsonRewriter } from './json-rewriter.ts';
import { listNearBodies, toChunks } from './near-bodies.ts';
import { listNearKeys, type SecretsAround, takeOwn } from './near-secrets.ts';
import type { ExaminedCause } from './signature-cause.ts';
import type { SignatureForm } from './signature-form.ts';

/** No larger body is examined by a receiver. A batch of 500 events of 2 KB has as much. */
export const maxExaminedBytes = 1024 * 1024;

/** A signature that is none of the body with any of the secrets. */
export interface StraySignature extends Pick<SignatureForm, 'algorithm' | 'digest'> {
  readonly body: Buffer;
}

export interface Explanation {
  readonly cause: ExaminedCause | 'not_examined';
  /** Label of the secret that explains it. */
  readonly secret?: string;
  /** Name of the registration that has this secret, if it is another one. */
  readonly ofWebhook?: string;
  /** What an examination failed with that must not fail. */
  readonly err?: unknown;
}

/** An examination in short steps, so that others can run in between. */
export type Examination<T> = Generator<undefined, T>;

/**
 * Tries each near secret on the body as it arrived. All are tried, whatever fits.
 *
 * @returns `undefined` when none explains the signature
 */
export function* examineSecrets(
  signature: StraySignature,
  around: SecretsAround,
): Examination<Explanation | undefined> {
  const found: Explanation[] = [];
  for (const { key, ...explanation } of listNearKeys(around)) {
    const [fits] = yield* tryKeys([key], toChunks(signature.body), signature);
    if (fits === true) {
      found.push(explanation);
    }
  }
  return found[0];
}

/** Tries each near body with the secrets that verify: one fault at a time. All are tried, whatever fits. */
function* examineBody(signature: StraySignature, around: SecretsAround): Examination<Explanation> {
  const { body } = signature;
  const own = takeOwn(around);
  const keys = own.map(({ value }) => value);
  const found: Explanation[] = [];
  for (const { cause, chunks } of listNearBodies(body, maxExaminedBytes)) {
    const fits = yield* tryKeys(keys, chunks, signature);
    found.push(...own.filter((_, index) => fits[index]).map(({ label }) => ({ cause, secret: label })));
  }
  const cause = yield* judgeBody(body);
  return found[0] ?? { cause };
}

/** Both, one after the other, whatever the first one finds: the time tells nothing of it. */
export function* examineSignature(
  signature: StraySignature,
  around: SecretsAround,
): Examination<Explanation> {
  const bySecret = yield* examineSecrets(signature, around);
  const byBody = yield* examineBody(signature, around);
  return bySecret ?? byBody;
}

/** Both at once. */
export function explainSignature(signature: StraySignature, around: SecretsAround): Explanation {
  const examination = examineSignature(signature, around);
  for (;;) {
    const { done, value } = examination.next();
    if (done === true) {
      return value;
    }
  }
}

export function isSignedWith(key: string, { algorithm, digest, body }: StraySignature): boolean {
  return timingSafeEqual(createHmac(algorithm, key).update(body).digest(), digest);
}

/** Which of the keys give the signature. */
function* tryKeys(
  keys: readonly (string | Buffer)[],
  chunks: Iterable<Uint8Array>,
  { algorithm, digest }: StraySignature,
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

/** What the body shows that no secret explains. */
function* judgeBody(body: Buffer): Examination<ExaminedCause> {
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
