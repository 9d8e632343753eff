import type { Env } from '../runtime/config-error.ts';
import { textVariable } from './variables.ts';

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
