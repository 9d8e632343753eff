import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { Pem } from './read-text-file.ts';
import { checkStoreTls, storeTlsVariables } from './store-tls.ts';
import { readVariables, textVariable } from './variables.ts';

/** PEM texts. Heroku's brokers have certificates of an authority of their own, without their host names. */
export const herokuTlsVariables = {
  ca: textVariable('KAFKA_TRUSTED_CERT'),
  cert: textVariable('KAFKA_CLIENT_CERT'),
  key: textVariable('KAFKA_CLIENT_CERT_KEY'),
};

export const herokuBrokersVariable = 'KAFKA_URL';

/** What Heroku sets for Kafka. */
export const herokuKafkaVariables: readonly string[] = [
  herokuBrokersVariable,
  ...Object.values(herokuTlsVariables).map(({ name }) => name),
  'KAFKA_PREFIX',
];

/**
 * Whether Heroku's variables say where Kafka is. They count only without KAFKA_BROKERS.
 *
 * @see https://devcenter.heroku.com/articles/kafka-on-heroku
 */
export function isHerokuKafka(env: Env): boolean {
  return !env.KAFKA_BROKERS && Boolean(env[herokuBrokersVariable]);
}

export interface KafkaTlsConfig {
  /** Without it Node's own list of authorities is used. */
  readonly ca?: Pem;
  /** With its key, or neither. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** The name in the certificate of every broker; otherwise the host that is connected to. */
  readonly serverName?: string;
  /** Trusts any certificate of `ca`, whatever name it has. */
  readonly allowAnyServerName?: true;
}

/** `undefined` without TLS. Files of the user's own come before the texts that Heroku gives. */
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
        message: `is false while ${set.name} is set: set it to true.`,
      });
    }
    return undefined;
  }
  const { caFile, certFile, keyFile, serverName } = readVariables(storeTlsVariables, env, problems);
  checkStoreTls({ caFile, certFile, keyFile }, problems);
  const given = isHeroku ? readHerokuTls(env, problems) : {};
  const ca = caFile === undefined ? given.ca : { file: caFile };
  const cert = certFile === undefined ? given.cert : { file: certFile };
  const key = keyFile === undefined ? given.key : { file: keyFile };
  const isOfHeroku = ca !== undefined && ca === given.ca;
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName !== undefined && { serverName }),
    ...(isOfHeroku && serverName === undefined && { allowAnyServerName: true }),
  };
}

function readHerokuTls(env: Env, problems: ConfigProblem[]): Partial<Record<'ca' | 'cert' | 'key', Pem>> {
  const texts = Object.entries(readVariables(herokuTlsVariables, env, problems)).map(([field, text]) => {
    if (!text.includes('-----BEGIN ')) {
      const { name } = herokuTlsVariables[field as keyof typeof herokuTlsVariables];
      problems.push({ variable: name, message: 'holds no PEM text ("-----BEGIN …").' });
    }
    // Where a variable is one line, its line ends are written as \n. PEM itself has no backslash.
    return [field, { text: text.replaceAll('\\n', '\n') }];
  });
  return Object.fromEntries(texts);
}
