import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { Pem } from './read-text-file.ts';
import { checkStoreTls, storeTlsVariables } from './store-tls.ts';
import { defineTextVariable, readVariables } from './variables.ts';

/**
 * Variables that Heroku sets to PEM text. Heroku's brokers use a private certificate authority, and the broker
 * certificates do not contain the host names.
 */
export const herokuTlsVariables = {
  ca: defineTextVariable('KAFKA_TRUSTED_CERT'),
  cert: defineTextVariable('KAFKA_CLIENT_CERT'),
  key: defineTextVariable('KAFKA_CLIENT_CERT_KEY'),
};

export const herokuBrokersVariable = 'KAFKA_URL';

export const herokuKafkaVariables: readonly string[] = [
  herokuBrokersVariable,
  ...Object.values(herokuTlsVariables).map(({ name }) => name),
  'KAFKA_PREFIX',
];

/**
 * Whether the broker addresses come from Heroku's variables. KAFKA_BROKERS takes precedence over these variables.
 *
 * @see https://devcenter.heroku.com/articles/kafka-on-heroku
 */
export function isHerokuKafka(env: Env): boolean {
  return !env.KAFKA_BROKERS && Boolean(env[herokuBrokersVariable]);
}

export interface KafkaTlsConfig {
  /** Certificate authorities to trust. Defaults to the certificate authorities that Node.js trusts. */
  readonly ca?: Pem;
  /** Client certificate. Present only together with the client key. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** Name that every broker certificate must contain. Defaults to the host name of the connection. */
  readonly serverName?: string;
  /** Accepts every certificate that `ca` has issued, regardless of its name. */
  readonly allowAnyServerName?: true;
}

/**
 * Reads the TLS settings. Returns `undefined` if TLS is off. Files that the user configures take precedence over Heroku's
 * variables.
 */
export function readKafkaTls(
  env: Env,
  { isTls, isHeroku }: { readonly isTls: boolean; readonly isHeroku: boolean },
  problems: ConfigProblem[],
): KafkaTlsConfig | undefined {
  if (!isTls) {
    const set = Object.values(storeTlsVariables).find(({ name }) => env[name]);
    if (set !== undefined) {
      problems.push({
        variable: 'KAFKA_TLS',
        message: `is false, but ${set.name} is set: set KAFKA_TLS=true.`,
      });
    }
    return undefined;
  }
  const { caFile, certFile, keyFile, serverName } = readVariables(storeTlsVariables, env, problems);
  checkStoreTls({ caFile, certFile, keyFile }, problems);
  const herokuTls = isHeroku ? readHerokuTls(env, problems) : {};
  const ca = caFile === undefined ? herokuTls.ca : { file: caFile };
  const cert = certFile === undefined ? herokuTls.cert : { file: certFile };
  const key = keyFile === undefined ? herokuTls.key : { file: keyFile };
  const isHerokuCa = ca !== undefined && ca === herokuTls.ca;
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName !== undefined && { serverName }),
    ...(isHerokuCa && serverName === undefined && { allowAnyServerName: true }),
  };
}

function readHerokuTls(env: Env, problems: ConfigProblem[]): Partial<Record<'ca' | 'cert' | 'key', Pem>> {
  const pemTexts = Object.entries(readVariables(herokuTlsVariables, env, problems)).map(([field, text]) => {
    if (!text.includes('-----BEGIN ')) {
      const { name } = herokuTlsVariables[field as keyof typeof herokuTlsVariables];
      problems.push({ variable: name, message: 'contains no PEM text ("-----BEGIN …").' });
    }
    // In a single-line variable, line breaks are written as \n. PEM text never contains a backslash.
    return [field, { text: text.replaceAll('\\n', '\n') }];
  });
  return Object.fromEntries(pemTexts);
}
