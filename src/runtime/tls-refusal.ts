import { causesOf } from './errors.ts';

/** By codes of Node and OpenSSL. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const refusals = /CERT|VERIFY_LEAF|ALERT_UNKNOWN_CA|^ERR_OSSL_|WRONG_VERSION_NUMBER|^EPROTO$/;

/** Whether TLS failed for a certificate, a key, or a port that speaks none: the next attempt fails in the same way. */
export function isTlsRefusal(error: unknown): boolean {
  return causesOf(error).some((each) => 'code' in each && refusals.test(String(each.code)));
}
