/** Causes that the header alone shows. Anyone can cause them. */
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
 * Causes that an examination of body and secrets finds. Those that begin with `secret_` or `body_` are proven by an HMAC:
 * only a sender with a secret or a genuine delivery can cause them.
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

/** Why a delivery gets 401: the closed set of `cause` in the metrics and the log. */
export const signatureCauses = [...headerCauses, ...examinedCauses, 'not_examined'] as const;
export type SignatureCause = (typeof signatureCauses)[number];

/** Explains each cause to the operator, and what to do. */
export const signatureAdvice: Readonly<Record<SignatureCause, string>> = {
  missing:
    'The request has no signature header. If the provider sent it, a proxy removes or renames x-comapi-signature.',
  malformed: 'The signature is not 40 hexadecimal digits, and has no other known format.',
  header_repeated: 'The request has several signature headers. Only the sender may set this header.',
  header_prefixed: 'The signature has a prefix such as "sha1=". Send only the 40 hexadecimal digits.',
  header_base64: 'The signature is in base64. Send it as 40 hexadecimal digits.',
  header_sha256: 'The signature has the length of HMAC-SHA256. The provider’s is HMAC-SHA1.',
  header_sha512: 'The signature has the length of HMAC-SHA512. The provider’s is HMAC-SHA1.',
  secret_removed:
    'The signature matches a secret that was recently removed or replaced here. Restore it until the sender uses the new one.',
  secret_of_other_webhook:
    'The signature matches the secret of another registration. Correct the URL or the secret of one of the two.',
  secret_white_space:
    'The sender’s copy of the secret begins or ends with white space, such as a line break. Enter the secret there again without it.',
  secret_quoted:
    'The sender’s copy of the secret is enclosed in quotes. Enter the secret there again without quotes.',
  secret_base64:
    'One side uses the secret in base64, the other in plain text. A Kubernetes Secret needs base64 in "data" and plain text in "stringData".',
  secret_case:
    'The sender’s copy of the secret differs in upper and lower case. Enter the secret there again.',
  body_white_space:
    'The body was altered on the way: a byte order mark, surrounding white space, or line breaks. Find the proxy that does this.',
  body_rewritten:
    'The body was altered on the way: its JSON was parsed and written again. Find the proxy or firewall that does this, and exclude this path.',
  body_charset:
    'The body was altered on the way: it was converted to another character set. Find the proxy that does this.',
  body_compressed:
    'The body was compressed on the way, and the Content-Encoding header was removed. Disable the compression of requests.',
  no_body: 'The body is empty. A redirect, or a proxy that drops bodies, causes this.',
  not_json: 'The body is not complete JSON: it was truncated on the way, or the provider did not send it.',
  mismatch:
    'No cause was found: the sender uses another secret, is not the provider, or the body was altered in a way that cannot be undone.',
  not_examined:
    'Not examined: examinations may use one twentieth of a core, so signatures are chosen at random, and bodies over 1 MiB are skipped.',
};
