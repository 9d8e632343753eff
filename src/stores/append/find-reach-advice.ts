type StoreVariables = 'REDIS' | 'RABBITMQ';

type Advice = (store: StoreVariables) => string;

/** By codes of Node and OpenSSL. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const adviceByCode: readonly (readonly [RegExp, Advice])[] = [
  [/^ECONNREFUSED$/, (store) => `nothing listens there: check ${store}_URL, and that the server runs`],
  [/^(ENOTFOUND|EAI_AGAIN)$/, (store) => `no address is known for this host: check ${store}_URL`],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    (store) => `check ${store}_URL, and that nothing between here and there drops the connection`,
  ],
  [
    /ALTNAME/,
    (store) =>
      `check ${store}_TLS_SERVER_NAME, or the host in ${store}_URL: the certificate is for another name`,
  ],
  [
    /SELF_SIGNED|ISSUER_CERT|VERIFY_LEAF|CERT_UNTRUSTED|CERT_SIGNATURE/,
    (store) => `check ${store}_TLS_CA_FILE: the certificate is of an authority that is not trusted`,
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    () => "check the server's certificate, and the clock of this machine",
  ],
  [
    /ALERT_.*CERTIFICATE|ALERT_UNKNOWN_CA/,
    (store) =>
      `check ${store}_TLS_CERT_FILE and ${store}_TLS_KEY_FILE: the server does not take the certificate of this client`,
  ],
  [
    /^ERR_OSSL_/,
    (store) =>
      `check ${store}_TLS_CERT_FILE and ${store}_TLS_KEY_FILE: one of them is no PEM, or they do not belong together`,
  ],
  [
    /^(ERR_SSL_|EPROTO$)/,
    (store) => `check the scheme in ${store}_URL: the port speaks no TLS, or another version`,
  ],
];

/** What to check when a server of a store cannot be reached; `undefined` when the failure does not tell. */
export function findReachAdvice(error: unknown, store: StoreVariables): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return adviceByCode.find(([pattern]) => pattern.test(code))?.[1](store);
}
