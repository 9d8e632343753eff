import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkReadable, type Pem } from './read-text-file.ts';
import {
  booleanVariable,
  credentialVariable,
  readVariables,
  textVariable,
  type Values,
} from './variables.ts';

export interface KafkaTlsConfig {
  /** Without it Node's own list of authorities is used. */
  readonly ca?: Pem;
  /** With its key, or neither. */
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly keyPassphrase?: string;
  /** The name in the certificate of every broker; otherwise the host that is connected to. */
  readonly serverName?: string;
  /** Trusts any certificate of `ca`, whatever name it has. */
  readonly allowAnyServerName?: true;
}

export const kafkaTlsVariables = {
  ca: textVariable('KAFKA_TLS_CA'),
  caFile: textVariable('KAFKA_TLS_CA_FILE'),
  cert: textVariable('KAFKA_TLS_CERT'),
  certFile: textVariable('KAFKA_TLS_CERT_FILE'),
  key: textVariable('KAFKA_TLS_KEY'),
  keyFile: textVariable('KAFKA_TLS_KEY_FILE'),
  keyPassphrase: credentialVariable('KAFKA_TLS_KEY_PASSPHRASE'),
  serverName: textVariable('KAFKA_TLS_SERVER_NAME'),
  allowAnyServerName: booleanVariable('KAFKA_TLS_ALLOW_ANY_SERVER_NAME', false),
};

type TlsValues = Values<typeof kafkaTlsVariables>;

/** `undefined` without TLS. */
export function readKafkaTls(
  env: Env,
  { isTls }: { readonly isTls: boolean },
  problems: ConfigProblem[],
): KafkaTlsConfig | undefined {
  const read = readVariables(kafkaTlsVariables, env, problems);
  if (!isTls) {
    const [set] = Object.entries(read).find(([, value]) => value !== false) ?? [];
    if (set !== undefined) {
      const { name } = kafkaTlsVariables[set as keyof TlsValues];
      problems.push({ variable: 'KAFKA_TLS', message: `is false while ${name} is set: set it to true.` });
    }
    return undefined;
  }
  const ca = toPem('ca', read, problems);
  const cert = toPem('cert', read, problems);
  const key = toPem('key', read, problems);
  checkTogether(read, { ca, cert, key }, problems);
  const { keyPassphrase, serverName, allowAnyServerName } = read;
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(keyPassphrase !== undefined && { keyPassphrase }),
    ...(serverName !== undefined && { serverName }),
    ...(allowAnyServerName && { allowAnyServerName }),
  };
}

function checkTogether(
  { keyPassphrase, serverName, allowAnyServerName }: TlsValues,
  { ca, cert, key }: Record<'ca' | 'cert' | 'key', Pem | undefined>,
  problems: ConfigProblem[],
): void {
  const report = (variable: string, message: string) => problems.push({ variable, message });
  if ((cert === undefined) !== (key === undefined)) {
    const [missing, given] = cert === undefined ? ['KAFKA_TLS_CERT', key] : ['KAFKA_TLS_KEY', cert];
    report(
      given !== undefined && 'file' in given ? `${missing}_FILE` : missing,
      'is missing: a client certificate needs both its certificate and its key.',
    );
  }
  if (keyPassphrase !== undefined && key === undefined) {
    report('KAFKA_TLS_KEY_PASSPHRASE', 'is set without a key: set KAFKA_TLS_KEY or KAFKA_TLS_KEY_FILE.');
  }
  if (!allowAnyServerName) {
    return;
  }
  if (ca === undefined) {
    report(
      'KAFKA_TLS_ALLOW_ANY_SERVER_NAME',
      "is true without KAFKA_TLS_CA or KAFKA_TLS_CA_FILE: anybody with a certificate of a public authority could pose as a broker. Set the cluster's own authority.",
    );
  }
  if (serverName !== undefined) {
    report('KAFKA_TLS_SERVER_NAME', 'is set beside KAFKA_TLS_ALLOW_ANY_SERVER_NAME: keep one of the two.');
  }
}

function toPem(field: 'ca' | 'cert' | 'key', read: TlsValues, problems: ConfigProblem[]): Pem | undefined {
  const variable = kafkaTlsVariables[field].name;
  const text = read[field];
  const file = read[`${field}File`];
  if (text !== undefined && file !== undefined) {
    problems.push({ variable, message: `is set, and so is ${variable}_FILE: keep one of the two.` });
  }
  if (file !== undefined) {
    checkReadable({ [`${variable}_FILE`]: file }, problems);
    return { file };
  }
  if (text === undefined) {
    return undefined;
  }
  if (!text.includes('-----BEGIN ')) {
    problems.push({
      variable,
      message: `holds no PEM text ("-----BEGIN …"): a file belongs into ${variable}_FILE.`,
    });
  }
  // Where a variable is one line, its line ends are written as \n. PEM itself has no backslash.
  return { text: text.replaceAll('\\n', '\n') };
}
