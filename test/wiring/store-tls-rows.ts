import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import type { TestCertificates } from '../support/kafka/test-certificates.ts';
import { type Open, whileOpen } from './open.ts';
import { makeCertificates, watchClients } from './seen-tls.ts';
import { type Row, row, type Trial } from './trial.ts';

const addresses = {
  kafka: (at: string): Env => ({ KAFKA_BROKERS: at, KAFKA_TLS: 'true' }),
  redis: (at: string): Env => ({ REDIS_URL: `rediss://${at}` }),
  rabbitmq: (at: string): Env => ({ RABBITMQ_URL: `amqps://${at}` }),
};

type ToTrial = (files: TestCertificates) => Omit<Trial, 'see'>;

const isSecure = expect.objectContaining({ isSecure: true });
const isClient = expect.objectContaining({ isSecure: true, client: 'client' });

const trials: readonly (readonly [setting: string, toTrial: ToTrial])[] = [
  ['STORE_TLS_CA_FILE', ({ caFile }) => ({ to: caFile, shows: isSecure })],
  [
    'STORE_TLS_CERT_FILE',
    ({ caFile, clientCertFile, clientKeyFile }) => ({
      beside: { STORE_TLS_CA_FILE: caFile, STORE_TLS_KEY_FILE: clientKeyFile },
      ...{ to: clientCertFile, shows: isClient },
    }),
  ],
  [
    'STORE_TLS_KEY_FILE',
    ({ caFile, clientCertFile, clientKeyFile }) => ({
      beside: { STORE_TLS_CA_FILE: caFile, STORE_TLS_CERT_FILE: clientCertFile },
      ...{ to: clientKeyFile, shows: isClient },
    }),
  ],
  [
    'STORE_TLS_SERVER_NAME',
    ({ caFile }) => ({
      beside: { STORE_TLS_CA_FILE: caFile },
      ...{ to: 'localhost', shows: expect.objectContaining({ isSecure: true, asksFor: 'localhost' }) },
    }),
  ],
];

const own: Readonly<Partial<Record<keyof typeof addresses, typeof trials>>> = {
  kafka: [
    ['KAFKA_TLS', ({ caFile }) => ({ beside: { STORE_TLS_CA_FILE: caFile }, to: 'true', shows: isSecure })],
  ],
  redis: [['REDIS_TLS_ALLOW_ANY_CERTIFICATE', () => ({ to: 'true', shows: isSecure })]],
};

/** Rows for the certificate authorities that a client trusts for a store, and for the identity of the client. */
export function storeTlsRows(open: Open, stores: readonly (keyof typeof addresses)[]): Row[] {
  return stores.flatMap((store) =>
    [...trials, ...(own[store] ?? [])].map(([setting, toTrial]) =>
      row(
        setting,
        async () => {
          const files = await makeCertificates();
          const see = async (env: Env) => {
            const { at, first } = await watchClients(files);
            return whileOpen(open, { ...addresses[store](at), ...env }, () => first);
          };
          return { ...toTrial(files), see };
        },
        store,
      ),
    ),
  );
}
