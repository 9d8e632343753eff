import type { ConfigProblem } from '../runtime/config-error.ts';
import { checkReadable } from './files.ts';
import { booleanVariable, textVariable, type Values } from './variables.ts';

export interface KafkaTlsConfig {
  /** PEM files; they are read again for each new connection. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export const kafkaTlsEntries = {
  KAFKA_TLS: booleanVariable(false),
  KAFKA_TLS_CA_FILE: textVariable(undefined),
  KAFKA_TLS_CERT_FILE: textVariable(undefined),
  KAFKA_TLS_KEY_FILE: textVariable(undefined),
};

/** `undefined` without TLS. */
export function toKafkaTls(
  read: Values<typeof kafkaTlsEntries>,
  problems: ConfigProblem[],
): KafkaTlsConfig | undefined {
  const { KAFKA_TLS_CA_FILE: caFile, KAFKA_TLS_CERT_FILE: certFile, KAFKA_TLS_KEY_FILE: keyFile } = read;
  if (!read.KAFKA_TLS) {
    if (caFile ?? certFile ?? keyFile) {
      problems.push({
        variable: 'KAFKA_TLS',
        message: 'is false while KAFKA_TLS_*_FILE is set: set it to true.',
      });
    }
    return undefined;
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push({
      variable: certFile === undefined ? 'KAFKA_TLS_CERT_FILE' : 'KAFKA_TLS_KEY_FILE',
      message: 'is missing: a client certificate needs both its certificate and its key.',
    });
  }
  checkReadable(
    { KAFKA_TLS_CA_FILE: caFile, KAFKA_TLS_CERT_FILE: certFile, KAFKA_TLS_KEY_FILE: keyFile },
    problems,
  );
  return { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
}
