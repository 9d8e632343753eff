import { causesOf } from './errors.ts';

/** What of TLS does not fit: the certificate's name, its issuer, its time, this client's own certificate or its files, or TLS itself. */
export type TlsFailure = 'name' | 'issuer' | 'time' | 'client-certificate' | 'own-files' | 'protocol';

/** By codes of Node and OpenSSL. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const failures: readonly (readonly [RegExp, TlsFailure])[] = [
  [/ALTNAME/, 'name'],
  [/SELF_SIGNED|ISSUER_CERT|VERIFY_LEAF|CERT_UNTRUSTED|CERT_SIGNATURE/, 'issuer'],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, 'time'],
  [/ALERT_.*CERTIFICATE|ALERT_UNKNOWN_CA/, 'client-certificate'],
  [/^ERR_OSSL_/, 'own-files'],
  [/^ERR_SSL_|^EPROTO$/, 'protocol'],
];

/** @param code of an error. @returns `undefined` for one that is not of TLS */
export function findTlsFailure(code: string): TlsFailure | undefined {
  return failures.find(([pattern]) => pattern.test(code))?.[1];
}

const refusals = /CERT|VERIFY_LEAF|ALERT_UNKNOWN_CA|^ERR_OSSL_|WRONG_VERSION_NUMBER|^EPROTO$/;

/** Whether TLS failed for a certificate, a key, or a port that speaks none: the next attempt fails in the same way. */
export function isTlsRefusal(error: unknown): boolean {
  return causesOf(error).some((each) => 'code' in each && refusals.test(String(each.code)));
}
