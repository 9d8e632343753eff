export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

const defaultPort = 6_379;
const maxDatabase = 1_023;
const expected = 'is not redis://host:port or rediss://host:port';

/**
 * Takes a URL apart: `redis[s]://[user[:password]@]host[:port][/database]`.
 *
 * @returns a sentence about what is wrong otherwise; it never holds a part of the URL, which may have a password
 */
export function parseRedisUrl(text: string): RedisAddress | string {
  const url = URL.parse(text);
  if (url === null) {
    return `${expected}. A password with "/", "@", ":", "?" or "#" must be percent-encoded.`;
  }
  const { protocol, hostname, port, username, password, pathname, search, hash } = url;
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    return `${expected}.`;
  }
  if (hostname === '') {
    return 'names no host.';
  }
  if (search !== '' || hash !== '') {
    return 'has a part after "?" or "#", which has no meaning here.';
  }
  const [, database = '0'] = /^\/?$|^\/(\d{1,4})$/.exec(pathname) ?? [undefined, undefined];
  if (!/^\/?\d*$/.test(pathname) || Number(database) > maxDatabase) {
    return `has a path that is not the number of a database, such as /0 (at most ${maxDatabase}).`;
  }
  try {
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? defaultPort : Number(port),
      isTls: protocol === 'rediss:',
      database: Number(database),
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    };
  } catch {
    return 'has a user name or a password that is not percent-encoded properly.';
  }
}

/** For people: without user and password. */
export function formatRedisAddress({ host, port, isTls, database }: RedisAddress): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${isTls ? 'rediss' : 'redis'}://${name}:${port}${database === 0 ? '' : `/${database}`}`;
}
