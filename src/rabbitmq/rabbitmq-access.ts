import { readCredential } from '../config/credential.ts';
import {
  findPlaintextPassword,
  formatRabbitMqAddress,
  parseRabbitMqUrls,
  type RabbitMqAddress,
  type RabbitMqConfig,
} from '../config/rabbitmq-config.ts';
import { readTlsOptions, type UrlTlsOptions } from '../config/url-store-config.ts';

/** How the servers are reached. Files are read anew each time. */
export interface RabbitMqAccess {
  /** @throws when the file with the URLs cannot be used */
  addresses(): readonly RabbitMqAddress[];
  /** @throws when a file with a certificate cannot be read */
  tlsOptions(): UrlTlsOptions;
  /** All addresses for people: without user and password. */
  describe(): string;
}

export function createRabbitMqAccess({
  url,
  allowPlaintext,
  tls,
}: Pick<RabbitMqConfig, 'url' | 'allowPlaintext' | 'tls'>): RabbitMqAccess {
  function addresses(): readonly RabbitMqAddress[] {
    const text = 'text' in url ? url.text : readCredential('RABBITMQ_URL_FILE', url.file);
    const parsed = parseRabbitMqUrls(text);
    // A file may have another URL by now than the one that was judged at the start.
    const problem = typeof parsed === 'string' ? parsed : findPlaintextPassword(parsed, allowPlaintext);
    if (typeof parsed === 'string' || problem !== undefined) {
      throw new Error(`the URL of RabbitMQ ${problem}`);
    }
    return parsed;
  }

  return {
    addresses,
    tlsOptions: () => readTlsOptions(tls),
    describe: () => addresses().map(formatRabbitMqAddress).join(', '),
  };
}
