import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { storeTlsVariables } from './store-tls.ts';

const allowPlaintext = 'ALLOW_PLAINTEXT is for every store, and for traces';
const topicRules = 'TOPIC_RULES is for every store';

/**
 * Names of before, and what stands for each. Nothing starts with one of them: what was stored, or how it was protected,
 * would be another thing than its user believes.
 */
export const goneVariables: Readonly<Record<string, string>> = {
  BODY_TIMEOUT_MS: 'a body has 5 s to arrive, and of a REQUEST_BUDGET_MS under 6000 all but one second',
  COMAPI_API_USERNAME_FILE: 'COMAPI_API_USERNAME is the name of the API user, which is no secret',
  FILTER_COMMIT_INTERVAL_MS: 'single records wait 100 ms for others',
  FILTER_FETCH_BYTES: 'the filter reads 1 MiB of a partition at once',
  FILTER_INSTANCE_ID: 'members of the group are dynamic, and one that ends hands its partitions over at once',
  FILTER_SESSION_TIMEOUT_MS: 'a filter that is silent for 30 s loses its partitions',
  KAFKA_CLIENT_ID: 'brokers see comapi-webhook; quotas tell a process by its user',
  KAFKA_LATEST_TOPIC: 'latest states are in KAFKA_TOPIC with .latest',
  KAFKA_OAUTH_AUDIENCE:
    'KAFKA_OAUTH_SCOPE asks for what a token is for; or KAFKA_OAUTH_TOKEN_FILE has a token that something else asked for',
  KAFKA_OAUTH_CA_FILE:
    'NODE_EXTRA_CA_CERTS, which Node reads, names a file with the authority of the endpoint',
  KAFKA_OAUTH_CLIENT_AUTH_METHOD:
    'id and secret go in the header Authorization, which every endpoint takes (RFC 6749)',
  KAFKA_OAUTH_CLIENT_ID: 'KAFKA_SASL_USERNAME is the client id',
  KAFKA_OAUTH_CLIENT_SECRET: 'KAFKA_SASL_PASSWORD is the client secret',
  KAFKA_OAUTH_CLIENT_SECRET_FILE: 'KAFKA_SASL_PASSWORD_FILE names the file with the client secret',
  KAFKA_OAUTH_PROVIDER:
    'tokens come from KAFKA_OAUTH_TOKEN_FILE, from KAFKA_OAUTH_TOKEN_ENDPOINT, or with AWS_REGION alone by AWS',
  KAFKA_RECONCILED_TOPIC: 'missing states are in KAFKA_TOPIC with .reconciled',
  KAFKA_SASL_ALLOW_PLAINTEXT: allowPlaintext,
  KAFKA_TOPIC_SETTINGS: 'topics --dry-run shows how a topic differs from one that would be made',
  KAFKA_TLS_ALLOW_ANY_SERVER_NAME:
    "STORE_TLS_SERVER_NAME names what the brokers' certificates hold; with Heroku's Kafka no name is asked for",
  KAFKA_TLS_CA: 'STORE_TLS_CA_FILE names a file with it',
  KAFKA_TLS_CERT: 'STORE_TLS_CERT_FILE names a file with it',
  KAFKA_TLS_KEY: 'STORE_TLS_KEY_FILE names a file with it',
  KAFKA_TLS_KEY_PASSPHRASE:
    'the key in STORE_TLS_KEY_FILE has none ("openssl pkey -in client.key -out plain.key")',
  KAFKA_TOPIC_RULES: topicRules,
  KAFKA_CONNECT_TIMEOUT_MS: 'a connection has 2 s, that of the filter 3 s',
  KAFKA_REQUEST_TIMEOUT_MS: 'a request has 3 s, that of the filter 10 s',
  LANDING_PAGE_PATHS: 'the page at / names no webhook; the one at the path of a webhook does',
  LOG_EVENTS:
    'find tells what became of an event; the traceId of a log line is in the traceparent of its records',
  MANAGEMENT_NAMES: 'the management port answers under every name, and MANAGEMENT_HOST says where',
  MAX_IN_FLIGHT_BYTES: 'an eighth of the memory that the process may use, so raise the memory limit for more',
  MAX_IN_FLIGHT_REQUESTS: 'one for each 32 KiB of what may be in flight, so raise the memory limit for more',
  RABBITMQ_ALLOW_PLAINTEXT: allowPlaintext,
  RABBITMQ_DEAD_LETTER_QUEUE: 'dead letters are in RABBITMQ_QUEUE, or RABBITMQ_EXCHANGE, with .dead-letter',
  RABBITMQ_QUEUE_RULES: topicRules,
  READ_BACK:
    'about one acknowledged record a second is read again; a user without the right to read costs a count and nothing else',
  REDIS_ALLOW_EVICTION:
    'a server that deletes streams when its memory is full is refused: set maxmemory-policy noeviction there',
  REDIS_ALLOW_PLAINTEXT: allowPlaintext,
  REDIS_DEAD_LETTER_STREAM: 'dead letters are in REDIS_STREAM with .dead-letter',
  REDIS_RECONCILED_STREAM: 'missing states are in REDIS_STREAM with .reconciled',
  REDIS_STREAM_RULES: topicRules,
  REDIS_LATEST_PREFIX: 'Redis has no latest states: a consumer compares revision',
  SIGNATURE_HEADER: 'the provider signs in x-comapi-signature; a proxy that renames it must not',
  TRACES_ALLOW_PLAINTEXT: allowPlaintext,
  ...Object.fromEntries(
    ['KAFKA', 'RABBITMQ', 'REDIS'].flatMap((store) =>
      Object.values(storeTlsVariables).map(({ name }) => [
        name.replace('STORE', store),
        `${name} is for every store`,
      ]),
    ),
  ),
};

/** The variables that are set and went, each with what stands for it. One that is set to nothing is not set. */
export function findGoneVariables(env: Env): ConfigProblem[] {
  return Object.entries(goneVariables).flatMap(([variable, instead]) =>
    env[variable] ? [{ variable, message: `is gone: ${instead}. Remove it.` }] : [],
  );
}
