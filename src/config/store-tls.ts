import type { ConfigProblem } from '../runtime/config-error.ts';
import { checkReadable } from './read-text-file.ts';
import { textVariable, type Values } from './variables.ts';

/** How the store is trusted, whichever it is: PEM files, read anew for each connection. */
export const storeTlsVariables = {
  /** Without it Node's own list of authorities is used. */
  caFile: textVariable('STORE_TLS_CA_FILE'),
  /** With its key, or neither. */
  certFile: textVariable('STORE_TLS_CERT_FILE'),
  keyFile: textVariable('STORE_TLS_KEY_FILE'),
  /** The name in the certificate of every server; otherwise the host that is connected to. */
  serverName: textVariable('STORE_TLS_SERVER_NAME'),
};

export type StoreTlsConfig = Values<typeof storeTlsVariables>;

/** Adds what cannot be read, and half a client certificate. */
export function checkStoreTls(
  { caFile, certFile, keyFile }: { readonly [F in 'caFile' | 'certFile' | 'keyFile']?: string | undefined },
  problems: ConfigProblem[],
): void {
  const { caFile: ca, certFile: cert, keyFile: key } = storeTlsVariables;
  checkReadable({ [ca.name]: caFile, [cert.name]: certFile, [key.name]: keyFile }, problems);
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push({
      variable: certFile === undefined ? cert.name : key.name,
      message: 'is missing: a client certificate needs both its certificate and its key.',
    });
  }
}
