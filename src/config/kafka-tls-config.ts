import type { ConfigProblem } from '../runtime/config-error.ts';
import { checkReadable } from './files.ts';
import type { Pem } from './pem.ts';
import { booleanVariable, credentialVariable, textVariable, type Values } from './variables.ts';

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

export const kafkaTlsEntries = {
  KAFKA_TLS: booleanVariable(false),
  KAFKA_TLS_CA: textVariable(undefined),
  KAFKA_TLS_CA_FILE: textVariable(undefined),
  KAFKA_TLS_CERT: textVariable(undefined),
  KAFKA_TLS_CERT_FILE: textVariable(undefined),
  KAFKA_TLS_KEY: textVariable(undefined),
  KAFKA_TLS_KEY_FILE: textVariable(undefined),
  KAFKA_TLS_KEY_PASSPHRASE: credentialVariable(),
  KAFKA_TLS_SERVER_NAME: textVariable(undefined),
  KAFKA_TLS_ALLOW_ANY_SERVER_NAME: booleanVariable(false),
};

type TlsValues = Values<typeof kafkaTlsEntries>;
type Report = (variable: keyof TlsValues, message: string) => void;

/** `undefined` without TLS. */
export function toKafkaTls(read: TlsValues, problems: ConfigProblem[]): KafkaTlsConfig | undefined {
  const report: Report = (variable, message) => problems.push({ variable, message });
  if (!read.KAFKA_TLS) {
    const variables = Object.keys(kafkaTlsEntries) as (keyof TlsValues)[];
    const set = variables.find((variable) => read[variable] !== undefined && read[variable] !== false);
    if (set !== undefined) {
      report('KAFKA_TLS', `is false while ${set} is set: set it to true.`);
    }
    return undefined;
  }
  const ca = toPem('KAFKA_TLS_CA', read, problems);
  const cert = toPem('KAFKA_TLS_CERT', read, problems);
  const key = toPem('KAFKA_TLS_KEY', read, problems);
  checkTogether(read, { ca, cert, key }, report);
  const { KAFKA_TLS_KEY_PASSPHRASE: keyPassphrase, KAFKA_TLS_SERVER_NAME: serverName } = read;
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(keyPassphrase !== undefined && { keyPassphrase }),
    ...(serverName !== undefined && { serverName }),
    ...(read.KAFKA_TLS_ALLOW_ANY_SERVER_NAME && { allowAnyServerName: true }),
  };
}

function checkTogether(
  read: TlsValues,
  { ca, cert, key }: Record<'ca' | 'cert' | 'key', Pem | undefined>,
  report: Report,
): void {
  if ((cert === undefined) !== (key === undefined)) {
    const [missing, given] = cert === undefined ? ['KAFKA_TLS_CERT', key] : ['KAFKA_TLS_KEY', cert];
    const variable = given !== undefined && 'file' in given ? `${missing}_FILE` : missing;
    report(
      variable as keyof TlsValues,
      'is missing: a client certificate needs both its certificate and its key.',
    );
  }
  if (read.KAFKA_TLS_KEY_PASSPHRASE !== undefined && key === undefined) {
    report('KAFKA_TLS_KEY_PASSPHRASE', 'is set without a key: set KAFKA_TLS_KEY or KAFKA_TLS_KEY_FILE.');
  }
  if (!read.KAFKA_TLS_ALLOW_ANY_SERVER_NAME) {
    return;
  }
  if (ca === undefined) {
    report(
      'KAFKA_TLS_ALLOW_ANY_SERVER_NAME',
      "is true without KAFKA_TLS_CA or KAFKA_TLS_CA_FILE: anybody with a certificate of a public authority could pose as a broker. Set the cluster's own authority.",
    );
  }
  if (read.KAFKA_TLS_SERVER_NAME !== undefined) {
    report('KAFKA_TLS_SERVER_NAME', 'is set beside KAFKA_TLS_ALLOW_ANY_SERVER_NAME: keep one of the two.');
  }
}

function toPem(
  variable: 'KAFKA_TLS_CA' | 'KAFKA_TLS_CERT' | 'KAFKA_TLS_KEY',
  read: TlsValues,
  problems: ConfigProblem[],
): Pem | undefined {
  const text = read[variable];
  const file = read[`${variable}_FILE`];
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
