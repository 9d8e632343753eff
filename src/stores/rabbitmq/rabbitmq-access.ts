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

/** How one server is reached. */
export interface RabbitMqServer {
  readonly address: RabbitMqAddress;
  /** `undefined` without TLS. */
  readonly tls: UrlTlsOptions | undefined;
}

/** How the servers are reached. Files are read anew each time. */
export interface RabbitMqAccess {
  /**
   * @param timeoutMs for all files together
   * @throws when the file with the URLs, or one with a certificate, cannot be used
   */
  readServers(timeoutMs: number): Promise<readonly RabbitMqServer[]>;
  /** All addresses for people: without user and password. Not while the process serves: it waits for the file. */
  describe(): string;
}

export function createRabbitMqAccess({
  url,
  allowPlaintext,
  tls,
}: Pick<RabbitMqConfig, 'url' | 'allowPlaintext' | 'tls'>): RabbitMqAccess {
  const variable = 'RABBITMQ_URL_FILE';

  function parse(text: string): readonly RabbitMqAddress[] {
    const parsed = parseRabbitMqUrls(text);
    // A file may have another URL by now than the one that was judged at the start.
    const problem = typeof parsed === 'string' ? parsed : findPlaintextPassword(parsed, allowPlaintext);
    if (typeof parsed === 'string' || problem !== undefined) {
      throw new Error(`the URL of RabbitMQ ${problem}`);
    }
    return parsed;
  }

  async function readFiles(): Promise<readonly RabbitMqServer[]> {
    const addresses = parse('text' in url ? url.text : await rereadCredential(variable, url.file));
    const options = addresses.some(({ isTls }) => isTls) ? await readTlsOptions(tls) : undefined;
    return addresses.map((address) => ({ address, tls: address.isTls ? options : undefined }));
  }

  return {
    readServers: (timeoutMs) =>
      withDeadline(readFiles(), timeoutMs, () => {
        const message = `the files of its URL and certificates were not read within ${timeoutMs} ms`;
        return new RabbitMqError('timeout', message);
      }),
    describe() {
      const text = 'text' in url ? url.text : readCredential(variable, url.file);
      return parse(text).map(formatRabbitMqAddress).join(', ');
    },
  };
}
