import { findTlsFailure, type TlsFailure } from '../../runtime/tls-failure.ts';

type StoreVariables = 'REDIS' | 'RABBITMQ';

type AdviceFactory = (store: StoreVariables) => string;

const adviceByCode: Readonly<Record<string, AdviceFactory>> = {
  ECONNREFUSED: (store) =>
    `nothing listens on this port: check ${store}_URL, and check that the server is running`,
  ENOTFOUND: createHostAdvice,
  EAI_AGAIN: createHostAdvice,
  ETIMEDOUT: createNetworkAdvice,
  EHOSTUNREACH: createNetworkAdvice,
  ENETUNREACH: createNetworkAdvice,
};

function createHostAdvice(store: StoreVariables): string {
  return `the host name cannot be resolved: check ${store}_URL`;
}

function createNetworkAdvice(store: StoreVariables): string {
  return `check ${store}_URL, and check for firewalls and network policies that drop the connection`;
}

const adviceByFailure: Readonly<Record<TlsFailure, AdviceFactory>> = {
  name: (store) =>
    `the certificate is for another name: check STORE_TLS_SERVER_NAME, or the host in ${store}_URL`,
  issuer: () => 'the certificate is signed by an untrusted authority: check STORE_TLS_CA_FILE',
  time: () =>
    "the certificate is expired or not yet valid: check the server's certificate, and the clock of this machine",
  'client-certificate': () =>
    'the server rejects the client certificate: check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE',
  'own-files': () =>
    'the client certificate or its key is not valid PEM, or they do not match: check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE',
  protocol: (store) =>
    `the port does not use TLS, or uses an unsupported version: check the scheme in ${store}_URL`,
};

/**
 * Finds advice for an error that occurs when the store is unreachable. Returns `undefined` if the error does not
 * reveal its cause.
 */
export function findReachabilityAdvice(error: unknown, store: StoreVariables): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const failure = findTlsFailure(code);
  return (failure === undefined ? adviceByCode[code] : adviceByFailure[failure])?.(store);
}
