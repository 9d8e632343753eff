import { causesOf } from './errors.ts';

/**
 * Cause of a TLS failure: the name, issuer or validity of the server's certificate, the certificate of this client or
 * its files, or the TLS protocol.
 */
export type TlsFailure = 'name' | 'issuer' | 'time' | 'client-certificate' | 'own-files' | 'protocol';

/**
 * Maps error codes of Node.js and OpenSSL to kinds of TLS failure. @see
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const failurePatterns: readonly (readonly [RegExp, TlsFailure])[] = [
  [/ALTNAME/, 'name'],
  [/SELF_SIGNED|ISSUER_CERT|VERIFY_LEAF|CERT_UNTRUSTED|CERT_SIGNATURE/, 'issuer'],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, 'time'],
  [/ALERT_.*CERTIFICATE|ALERT_UNKNOWN_CA/, 'client-certificate'],
  [/^ERR_OSSL_/, 'own-files'],
  [/^ERR_SSL_|^EPROTO$/, 'protocol'],
];

/** Classifies an error code. Returns `undefined` if it is not a TLS error. */
export function findTlsFailure(code: string): TlsFailure | undefined {
  return failurePatterns.find(([pattern]) => pattern.test(code))?.[1];
}

const tlsRefusalPattern = /CERT|VERIFY_LEAF|ALERT_UNKNOWN_CA|^ERR_OSSL_|WRONG_VERSION_NUMBER|^EPROTO$/;

/** Whether TLS failed because of a certificate, a key, or a port without TLS, so that a retry would fail in the same way. */
export function isTlsRefusal(error: unknown): boolean {
  return causesOf(error).some((each) => 'code' in each && tlsRefusalPattern.test(String(each.code)));
}
