import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { defaultTopic, type StoreSettings } from './store-settings.ts';
import {
  findPlaintextProblem,
  formatStoreUrl,
  listVariablesOfUrlStore,
  parseStoreUrl,
  readUrlStoreConfig,
  type UrlStoreConfig,
  type UrlStoreDefinition,
} from './url-store-config.ts';
import {
  defineIntegerVariable,
  definePatternVariable,
  listVariableNames,
  readVariables,
} from './variables.ts';

/** The destination of events: one queue, several queues that share the events by key, or an exchange that routes them. */
export type RabbitMqLayout = { readonly queueCount: number } | { readonly exchange: string };

export type RabbitMqConfig = UrlStoreConfig & { readonly layout: RabbitMqLayout };

const createNameFormat = (what: string) => ({
  pattern: /^[a-zA-Z0-9._-]{1,200}$/,
  expected: `the name of ${what} (1 to 200 characters from a-z, A-Z, 0-9, ".", "_", "-")`,
});

const rabbitMqNameVariables = {
  queue: definePatternVariable('RABBITMQ_QUEUE', createNameFormat('a queue')),
  exchange: definePatternVariable('RABBITMQ_EXCHANGE', createNameFormat('an exchange')),
};

const queueCountVariable = defineIntegerVariable('RABBITMQ_QUEUE_COUNT', undefined, { min: 1, max: 128 });

const rabbitMqDefinition: UrlStoreDefinition = {
  prefix: 'RABBITMQ',
  scheme: 'amqp',
  platformVariable: 'CLOUDAMQP_URL',
  inspect(url) {
    const addresses = parseRabbitMqUrls(url);
    return typeof addresses === 'string' ? addresses : summarizeLogins(addresses);
  },
};

/** Headers that RabbitMQ uses for routing. RabbitMQ rejects a message in which any of these headers is a string. */
const routingHeaders = ['CC', 'BCC'];

export const rabbitMqSettings: StoreSettings<RabbitMqConfig> = {
  title: 'RabbitMQ',
  selectingVariables: ['RABBITMQ_URL', 'RABBITMQ_URL_FILE', 'CLOUDAMQP_URL'],
  platformVariables: ['CLOUDAMQP_URL'],
  variables: [
    ...listVariablesOfUrlStore(rabbitMqDefinition),
    ...listVariableNames({ ...rabbitMqNameVariables, queueCount: queueCountVariable }),
  ],
  topicVariables: { events: 'RABBITMQ_QUEUE' },
  readTopics: readRabbitMqNames,
  read: readRabbitMqConfig,
  countShares: ({ layout }) => ({
    count: 'queueCount' in layout ? layout.queueCount : 1,
    variable: queueCountVariable.name,
  }),
  check({ recordHeaders }, problems) {
    const name = routingHeaders.find((each) => Object.hasOwn(recordHeaders, each));
    if (name !== undefined) {
      problems.push({
        variable: 'RECORD_HEADERS',
        message: `contains the header ${name}, which RabbitMQ uses for routing: choose another name.`,
      });
    }
  },
};

/** Returns `undefined` if none of `RABBITMQ_URL`, `RABBITMQ_URL_FILE` and CloudAMQP's `CLOUDAMQP_URL` is set. */
export function readRabbitMqConfig(env: Env, problems: ConfigProblem[]): RabbitMqConfig | undefined {
  const urlStore = readUrlStoreConfig(rabbitMqDefinition, env, problems);
  return urlStore && { ...urlStore, layout: readQueueLayout(env, problems) };
}

function readRabbitMqNames(env: Env, problems: ConfigProblem[]) {
  const { exchange, queue = defaultTopic } = readVariables(rabbitMqNameVariables, env, problems);
  return { events: exchange ?? queue };
}

function readQueueLayout(env: Env, problems: ConfigProblem[]): RabbitMqLayout {
  // Problems with the names are reported by readRabbitMqNames.
  const { exchange, queue } = readVariables(rabbitMqNameVariables, env, []);
  const { count } = readVariables({ count: queueCountVariable }, env, problems);
  if (exchange === undefined) {
    return { queueCount: count ?? 1 };
  }
  if ((queue ?? count) !== undefined) {
    const otherVariable = queue === undefined ? 'RABBITMQ_QUEUE_COUNT' : 'RABBITMQ_QUEUE';
    problems.push({
      variable: 'RABBITMQ_EXCHANGE',
      message: `is set, and so is ${otherVariable}: the bindings of the exchange decide which queues receive events. Keep only one of the two.`,
    });
  }
  return { exchange };
}

/**
 * Explains why logging in to these addresses would send a password unencrypted. Returns `undefined` if the password
 * would be encrypted.
 */
export function findPlaintextPassword(
  addresses: readonly RabbitMqAddress[],
  allowPlaintext: boolean,
): string | undefined {
  return findPlaintextProblem(rabbitMqDefinition, summarizeLogins(addresses), { allowPlaintext });
}

function summarizeLogins(addresses: readonly RabbitMqAddress[]) {
  return {
    isTls: addresses[0]?.isTls === true,
    hasPlaintextPassword: addresses.some(hasPlaintextPassword),
  };
}

export interface RabbitMqAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly virtualHost: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Parses one or several comma-separated URLs: `amqp[s]://[user[:password]@]host[:port][/virtual-host]`. The user defaults to
 * RabbitMQ's guest, and the virtual host to "/".
 *
 * @returns on failure, a sentence about the problem. The sentence never quotes the URL, which may contain a password
 */
export function parseRabbitMqUrls(text: string): readonly RabbitMqAddress[] | string {
  const addresses: RabbitMqAddress[] = [];
  for (const item of text.split(',').map((each) => each.trim())) {
    const address = item === '' ? 'contains an empty item between commas.' : parseRabbitMqUrl(item);
    if (typeof address === 'string') {
      return address;
    }
    addresses.push(address);
  }
  return new Set(addresses.map(({ isTls }) => isTls)).size > 1
    ? 'mixes amqp:// and amqps://: use the same scheme for all addresses.'
    : addresses;
}

function parseRabbitMqUrl(text: string): RabbitMqAddress | string {
  const url = parseStoreUrl(text, 'amqp', { plain: 5_672, tls: 5_671 });
  if (typeof url === 'string') {
    return url;
  }
  const { path, ...address } = url;
  const isGuest = url.username === '' && url.password === '';
  return {
    ...address,
    ...(isGuest && { username: 'guest', password: 'guest' }),
    virtualHost: path === '' ? '/' : path,
  };
}

/**
 * Whether a password would be sent unencrypted. The password of RabbitMQ's guest user does not count, because it is
 * publicly known and a server accepts guest only from the same machine.
 */
function hasPlaintextPassword({ isTls, username, password }: RabbitMqAddress): boolean {
  return !isTls && password !== '' && !(username === 'guest' && password === 'guest');
}

/** Formats an address for display, without user name and password. */
export function formatRabbitMqAddress(address: RabbitMqAddress): string {
  const { virtualHost } = address;
  return `${formatStoreUrl('amqp', address)}${virtualHost === '/' ? '' : `/${encodeURIComponent(virtualHost)}`}`;
}
