import { readCredential, rereadCredential } from '../../config/credential.ts';
import {
  findPlaintextPassword,
  formatRabbitMqAddress,
  parseRabbitMqUrls,
  type RabbitMqAddress,
  type RabbitMqConfig,
} from '../../config/rabbitmq-config.ts';
import { readTlsOptions, type UrlTlsOptions } from '../../config/url-store-config.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import { RabbitMqError } from './rabbitmq-error.ts';

export interface RabbitMqServer {
  readonly address: RabbitMqAddress;
  /** TLS options, or `undefined` without TLS. */
  readonly tls: UrlTlsOptions | undefined;
}

/** Access to the servers. Files with URLs and certificates are read again on every call. */
export interface RabbitMqAccess {
  /**
   * Reads the addresses, credentials and certificates of the servers from their files.
   *
   * @param timeoutMs time limit for reading all files
   * @throws if the file with the URLs or a certificate file cannot be used
   */
  readServers(timeoutMs: number): Promise<readonly RabbitMqServer[]>;
  /**
   * Describes all addresses without credentials. Must be called only before the process accepts requests, because the
   * file is read synchronously.
   */
  describe(): string;
}

export function createRabbitMqAccess({
  url,
  allowPlaintext,
  tls,
}: Pick<RabbitMqConfig, 'url' | 'allowPlaintext' | 'tls'>): RabbitMqAccess {
  const variable = 'RABBITMQ_URL_FILE';

  function parseUrls(text: string): readonly RabbitMqAddress[] {
    const parsedUrls = parseRabbitMqUrls(text);
    // The URL is checked again, because the file may have changed since the check at startup.
    const problem =
      typeof parsedUrls === 'string' ? parsedUrls : findPlaintextPassword(parsedUrls, allowPlaintext);
    if (typeof parsedUrls === 'string' || problem !== undefined) {
      throw new Error(`${'file' in url ? variable : 'RABBITMQ_URL'} ${problem}`);
    }
    return parsedUrls;
  }

  async function readFiles(): Promise<readonly RabbitMqServer[]> {
    const addresses = parseUrls('text' in url ? url.text : await rereadCredential(variable, url.file));
    const options = addresses.some(({ isTls }) => isTls) ? await readTlsOptions(tls) : undefined;
    return addresses.map((address) => ({ address, tls: address.isTls ? options : undefined }));
  }

  return {
    readServers: (timeoutMs) =>
      withDeadline(readFiles(), timeoutMs, () => {
        const message = `the files with the URL and the certificates could not be read within ${timeoutMs} ms`;
        return new RabbitMqError('timeout', message);
      }),
    describe() {
      const text = 'text' in url ? url.text : readCredential(variable, url.file);
      return parseUrls(text).map(formatRabbitMqAddress).join(', ');
    },
  };
}
