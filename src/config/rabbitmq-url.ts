export interface RabbitMqAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly virtualHost: string;
  readonly username: string;
  readonly password: string;
}

const ports = { 'amqp:': 5_672, 'amqps:': 5_671 } as const;
const expected = 'is not amqp://host:port or amqps://host:port';

/**
 * Takes one or several URLs apart: `amqp[s]://[user[:password]@]host[:port][/virtual-host]`, with commas between them.
 * Without a user it is RabbitMQ's own guest, without a path the virtual host "/".
 *
 * @returns a sentence about what is wrong otherwise; it never holds a part of a URL, which may have a password
 */
export function parseRabbitMqUrls(text: string): readonly RabbitMqAddress[] | string {
  const addresses: RabbitMqAddress[] = [];
  for (const item of text.split(',').map((each) => each.trim())) {
    const address = item === '' ? 'has an empty part between commas.' : parseRabbitMqUrl(item);
    if (typeof address === 'string') {
      return address;
    }
    addresses.push(address);
  }
  return new Set(addresses.map(({ isTls }) => isTls)).size > 1
    ? 'mixes amqp:// and amqps://: give all addresses with TLS, or none.'
    : addresses;
}

function parseRabbitMqUrl(text: string): RabbitMqAddress | string {
  const url = URL.parse(text);
  if (url === null) {
    return `${expected}. A password with "/", "@", ":", ",", "?" or "#" must be percent-encoded.`;
  }
  const { protocol, hostname, port, username, password, pathname, search, hash } = url;
  if (protocol !== 'amqp:' && protocol !== 'amqps:') {
    return `${expected}.`;
  }
  if (hostname === '') {
    return 'names no host.';
  }
  if (search !== '' || hash !== '') {
    return 'has a part after "?" or "#", which has no meaning here.';
  }
  try {
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? ports[protocol] : Number(port),
      isTls: protocol === 'amqps:',
      virtualHost: decodeURIComponent(pathname.slice(1)) || '/',
      ...(username === '' && password === ''
        ? { username: 'guest', password: 'guest' }
        : { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
    };
  } catch {
    return 'has a user name, a password or a virtual host that is not percent-encoded properly.';
  }
}

/**
 * Whether a password would cross the network as it is. That of RabbitMQ's own guest is no secret: everybody knows it, and a
 * server lets guest in from its own machine only.
 */
export function hasPlaintextPassword({ isTls, username, password }: RabbitMqAddress): boolean {
  return !isTls && password !== '' && !(username === 'guest' && password === 'guest');
}

/** For people: without user and password. */
export function formatRabbitMqAddress({ host, port, isTls, virtualHost }: RabbitMqAddress): string {
  const name = host.includes(':') ? `[${host}]` : host;
  const path = virtualHost === '/' ? '' : `/${encodeURIComponent(virtualHost)}`;
  return `${isTls ? 'amqps' : 'amqp'}://${name}:${port}${path}`;
}
