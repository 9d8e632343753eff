/** What the header alone shows. Anybody can send these. */
export const headerCauses = [
  'missing',
  'malformed',
  'header_repeated',
  'header_prefixed',
  'header_base64',
  'header_sha256',
  'header_sha512',
] as const;
export type HeaderCause = (typeof headerCauses)[number];

/**
 * What an examination of body and secrets finds behind a signature that fits none of the secrets. With `secret_` and `body_`
 * begin those that an HMAC proves: only who has a secret, or a genuine delivery, can send these.
 */
export const examinedCauses = [
  'secret_removed',
  'secret_of_other_webhook',
  'secret_white_space',
  'secret_quoted',
  'secret_base64',
  'secret_case',
  'body_white_space',
  'body_rewritten',
  'body_charset',
  'body_compressed',
  'no_body',
  'not_json',
  'mismatch',
] as const;
export type ExaminedCause = (typeof examinedCauses)[number];

/** Why a delivery is answered 401: the closed set of the metric's `cause`, which the log has too. */
export const signatureCauses = [...headerCauses, ...examinedCauses, 'not_examined'] as const;
export type SignatureCause = (typeof signatureCauses)[number];

/** For the operator: what it is, and what to do. */
export const signatureAdvice: Readonly<Record<SignatureCause, string>> = {
  missing:
    'The request has no signature header. If it is the provider’s, a proxy takes x-comapi-signature away or renames it.',
  malformed: 'The signature is not 40 hexadecimal digits, and of no other known form.',
  header_repeated: 'The signature header is there more than once. Let only the sender set it.',
  header_prefixed: 'The signature has a prefix such as "sha1=". Send the 40 hexadecimal digits alone.',
  header_base64: 'The signature is in base64. Send it as 40 hexadecimal digits.',
  header_sha256: 'The signature has the length of HMAC-SHA256. The provider’s is HMAC-SHA1.',
  header_sha512: 'The signature has the length of HMAC-SHA512. The provider’s is HMAC-SHA1.',
  secret_removed:
    'It is signed with a secret that was removed or replaced here lately. Put it back until the sender has the new one.',
  secret_of_other_webhook:
    'It is signed with the secret of another registration. Correct the URL or the secret of one of the two.',
  secret_white_space:
    'The sender’s copy of the secret has white space at an end, such as a line end. Enter it there again without.',
  secret_quoted: 'The sender’s copy of the secret is in quotes. Enter it there again without.',
  secret_base64:
    'One side has the secret in base64, the other as it is. A Kubernetes Secret wants base64 below "data", and plain text below "stringData".',
  secret_case: 'The sender’s copy of the secret differs in upper and lower case. Enter it there again.',
  body_white_space:
    'The body was changed on the way: a byte order mark, white space at an end, or its line ends. Find the proxy that does it.',
  body_rewritten:
    'The body was changed on the way: its JSON was written anew. Find the proxy or firewall that parses bodies, and exclude this path.',
  body_charset:
    'The body was changed on the way: it was converted to another character set. Find the proxy that does it.',
  body_compressed:
    'The body was compressed on the way, and the header that says so is gone. Switch the compression of requests off.',
  no_body: 'The body is empty. A redirect, or a proxy that drops it, does this.',
  not_json: 'The body is no whole JSON: it was cut on the way, or is not the provider’s.',
  mismatch:
    'No cause was found: the sender has another secret, or is not the provider, or the body was changed in a way that cannot be undone.',
  not_examined:
    'Examinations have a twentieth of a core, so chance decides which are examined. No body over 1 MiB is.',
};
