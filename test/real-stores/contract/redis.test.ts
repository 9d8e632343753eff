import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { startTlsFront } from '../../support/redis/tls-front.ts';
import { runCommand } from '../../support/run-command.ts';
import { describeStore } from './describe-store.ts';
import { createCutting, type Place, type ServedStore } from './served-store.ts';

const parts = 3;
const password = 'only-for-this-test';
/** Number of bytes that a connection transfers for the TLS handshake, the login and the check of the server. */
const openingBytes = 13_000;

const streamsOf = (events: string) => Array.from({ length: parts }, (_, part) => `${events}.${part}`);

async function open(): Promise<ServedStore> {
  const server = await startRedisServer({ password });
  const directory = await mkdtemp(join(tmpdir(), 'contract-redis-'));
  const {
    caFile,
    serverCertFile: certFile,
    serverKeyFile: keyFile,
  } = await createTestCertificates(directory);
  const front = await startTlsFront({ to: server.port, certFile, keyFile });
  const cutting = createCutting(openingBytes);
  const relay = await cutting.before(front.port);

  function namePlace(): Place {
    const events = `events-${randomUUID().slice(0, 8)}`;
    const deadLetter = `${events}.dead-letter`;
    const env = {
      // Redis as hosting platforms provide it: with TLS, and with a certificate that no client can verify.
      ...{ REDIS_URL: `rediss://:${password}@127.0.0.1:${relay.port}/0` },
      ...{ REDIS_TLS_ALLOW_ANY_CERTIFICATE: 'true' },
      ...{ REDIS_STREAM: events, REDIS_STREAM_COUNT: String(parts) },
    };
    return { env, events, deadLetter };
  }

  return {
    parts,
    password,
    // Records above the server's limit `proto-max-bulk-len` are tested in redis-sink-faults.test.ts.
    tooLargeBytes: undefined,
    wrongSettings: [
      {
        what: 'another password',
        env: { REDIS_URL: `rediss://:another@127.0.0.1:${front.port}` },
        says: ['check the user and the password in REDIS_URL'],
      },
      {
        what: 'no password',
        env: { REDIS_URL: `rediss://127.0.0.1:${front.port}` },
        says: ['NOAUTH'],
      },
      {
        what: 'an authority that nobody knows',
        env: { REDIS_TLS_ALLOW_ANY_CERTIFICATE: '' },
        says: ['unable to verify the first certificate'],
      },
      {
        what: 'another server name',
        env: {
          ...{ REDIS_TLS_ALLOW_ANY_CERTIFICATE: '', STORE_TLS_CA_FILE: caFile },
          STORE_TLS_SERVER_NAME: 'redis.example.com',
        },
        says: ["does not match certificate's altnames"],
      },
    ],
    nowhere: { REDIS_URL: 'rediss://127.0.0.1:1' },
    faults: {
      'is killed': { begin: () => server.kill9(), end: () => server.start() },
      hangs: { begin: async () => server.pause(), end: async () => server.resume() },
      'has its connections cut': cutting.fault,
    },
    namePlace,
    async createPlace() {
      const place = namePlace();
      await runCommand(['topics'], place.env);
      return place;
    },
    async read({ events }, topic) {
      const probe = await server.connect();
      const streams = topic === events ? streamsOf(events) : [topic];
      const records = await Promise.all(
        streams.map((stream, part) => readStoredRecords(probe, stream, part)),
      );
      probe.close();
      return records.flat();
    },
    spoilPart: ({ events }) => ({
      async begin() {
        await server.ask('DEL', `${events}.0`);
        await server.ask('SET', `${events}.0`, 'of another program');
      },
      end: () => server.ask('DEL', `${events}.0`),
    }),
    removeEvents: ({ events }) =>
      Promise.all(streamsOf(events).map((stream) => server.ask('XTRIM', stream, 'MAXLEN', '0'))),
    async stop() {
      await cutting.close();
      await front.close();
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}

describeStore('redis', open);
