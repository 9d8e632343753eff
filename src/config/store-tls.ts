import type { ConfigProblem } from '../runtime/config-error.ts';
import { checkReadable } from './read-text-file.ts';
import { defineTextVariable, type Values } from './variables.ts';

/** TLS settings of every kind of store. The PEM files are read again for each connection. */
export const storeTlsVariables = {
  /** Certificate authorities to trust. Defaults to the certificate authorities that Node.js trusts. */
  caFile: defineTextVariable('STORE_TLS_CA_FILE'),
  /** Client certificate. Present only together with the client key. */
  certFile: defineTextVariable('STORE_TLS_CERT_FILE'),
  keyFile: defineTextVariable('STORE_TLS_KEY_FILE'),
  /** Name that every server certificate must contain. Defaults to the host name of the connection. */
  serverName: defineTextVariable('STORE_TLS_SERVER_NAME'),
};

export type StoreTlsConfig = Values<typeof storeTlsVariables>;

/**
 * Adds a problem for each unreadable file, for a client certificate without a key, and for a key without a
 * certificate.
 */
export function checkStoreTls(
  { caFile, certFile, keyFile }: { readonly [F in 'caFile' | 'certFile' | 'keyFile']?: string | undefined },
  problems: ConfigProblem[],
): void {
  const { caFile: ca, certFile: cert, keyFile: key } = storeTlsVariables;
  checkReadable({ [ca.name]: caFile, [cert.name]: certFile, [key.name]: keyFile }, problems);
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push({
      variable: certFile === undefined ? cert.name : key.name,
      message: 'is missing: a client certificate needs both the certificate and its key.',
    });
  }
}
