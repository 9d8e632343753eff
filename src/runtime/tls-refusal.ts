/** By codes of Node and OpenSSL. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const refusals = /CERT|VERIFY_LEAF|ALERT_UNKNOWN_CA|^ERR_OSSL_|WRONG_VERSION_NUMBER|^EPROTO$/;

/** Whether TLS failed for a certificate, a key, or a port that speaks none: the next attempt fails in the same way. */
export function isTlsRefusal(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && refusals.test(String(current.code))) {
      return true;
    }
  }
  return false;
}
