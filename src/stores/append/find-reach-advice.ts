import { findTlsFailure, type TlsFailure } from '../../runtime/tls-failure.ts';

type StoreVariables = 'REDIS' | 'RABBITMQ';

type Advice = (store: StoreVariables) => string;

const adviceByCode: Readonly<Record<string, Advice>> = {
  ECONNREFUSED: (store) => `nothing listens there: check ${store}_URL, and that the server runs`,
  ENOTFOUND: checkHost,
  EAI_AGAIN: checkHost,
  ETIMEDOUT: checkNetwork,
  EHOSTUNREACH: checkNetwork,
  ENETUNREACH: checkNetwork,
};

function checkHost(store: StoreVariables): string {
  return `no address is known for this host: check ${store}_URL`;
}

function checkNetwork(store: StoreVariables): string {
  return `check ${store}_URL, and that nothing between here and there drops the connection`;
}

const adviceByFailure: Readonly<Record<TlsFailure, Advice>> = {
  name: (store) =>
    `check STORE_TLS_SERVER_NAME, or the host in ${store}_URL: the certificate is for another name`,
  issuer: () => 'check STORE_TLS_CA_FILE: the certificate is of an authority that is not trusted',
  time: () => "check the server's certificate, and the clock of this machine",
  'client-certificate': () =>
    'check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE: the server does not take the certificate of this client',
  'own-files': () =>
    'check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE: one of them is no PEM, or they do not belong together',
  protocol: (store) => `check the scheme in ${store}_URL: the port speaks no TLS, or another version`,
};

/** What to check when a server of a store cannot be reached; `undefined` when the failure does not tell. */
export function findReachAdvice(error: unknown, store: StoreVariables): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const failure = findTlsFailure(code);
  return (failure === undefined ? adviceByCode[code] : adviceByFailure[failure])?.(store);
}
