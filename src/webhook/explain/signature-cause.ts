/** Causes that the signature header alone reveals. Any client can trigger these causes. */
export const headerFailureCauses = [
  'missing',
  'malformed',
  'header_repeated',
  'header_prefixed',
  'header_base64',
  'header_sha256',
  'header_sha512',
] as const;
export type HeaderFailureCause = (typeof headerFailureCauses)[number];

/**
 * Causes that are found by trying similar secrets and bodies. For causes that begin with `secret_` or `body_`, the HMAC
 * of a known secret matched. Therefore, only a sender that knows a secret, or a genuine delivery, can trigger these
 * causes.
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

/** Reason why a delivery gets 401, which is the value of `cause` in the metrics and the log. */
export const signatureCauses = [...headerFailureCauses, ...examinedCauses, 'not_examined'] as const;
export type SignatureCause = (typeof signatureCauses)[number];

/** Explanation of each cause for the operator, with the recommended action. */
export const signatureAdvice: Readonly<Record<SignatureCause, string>> = {
  missing:
    'The request has no signature header. If the provider sent the request, a proxy removed or renamed x-comapi-signature.',
  malformed: 'The signature does not consist of 40 hexadecimal digits, and its format is unknown.',
  header_repeated: 'The request has several signature headers. Only the sender may set this header.',
  header_prefixed: 'The signature has a prefix such as "sha1=". Send only the 40 hexadecimal digits.',
  header_base64: 'The signature is base64-encoded. Send it as 40 hexadecimal digits.',
  header_sha256: 'The signature is as long as an HMAC-SHA256 digest. The provider signs with HMAC-SHA1.',
  header_sha512: 'The signature is as long as an HMAC-SHA512 digest. The provider signs with HMAC-SHA1.',
  secret_removed:
    'The signature matches a secret that was recently removed from the receiver or replaced. Restore that secret until the sender uses the new one.',
  secret_of_other_webhook:
    'The signature matches the secret of another registration. Correct the URL or the secret of one of the two registrations.',
  secret_white_space:
    'The sender’s copy of the secret begins or ends with white space, such as a line break. Enter the secret at the sender again without the white space.',
  secret_quoted:
    'The sender’s copy of the secret is enclosed in quotes. Enter the secret at the sender again without the quotes.',
  secret_base64:
    'Either the sender or the receiver uses the secret in base64, and the other uses the secret in plain text. A Kubernetes Secret needs base64 in "data" and plain text in "stringData".',
  secret_case:
    'The sender’s copy of the secret differs from the receiver’s copy in upper and lower case. Enter the secret at the sender again.',
  body_white_space:
    'The body was altered in transit: a byte order mark, surrounding white space or line breaks were added or removed. Find the proxy that does this.',
  body_rewritten:
    'The body was altered in transit: its JSON was parsed and serialized again. Find the proxy or firewall that does this, and exclude the webhook path from it.',
  body_charset:
    'The body was altered in transit: it was converted to another character set. Find the proxy that does this.',
  body_compressed:
    'The body was compressed in transit, and the Content-Encoding header was removed. Disable request compression in the proxy.',
  no_body: 'The body is empty. The cause is a redirect or a proxy that drops bodies.',
  not_json:
    'The body is not complete JSON. Either it was truncated in transit, or the request is not from the provider.',
  mismatch:
    'No cause was found. The sender uses another secret or is not the provider, or the body was altered in a way that cannot be reversed.',
  not_examined:
    'The signature was not examined. The receiver examines at most 20 signatures per second, and only signatures of bodies up to 8 KiB. Run "comapi-webhook verify" for this delivery.',
};
