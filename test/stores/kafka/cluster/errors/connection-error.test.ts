import { KafkaJSConnectionError } from 'kafkajs';
import { describe, expect, it, test } from 'vitest';
import {
  ConnectionError,
  type FailedConnection,
  findConnectionAdvice,
  isConnectionRefused,
  toConnectionError,
} from '../../../../../src/stores/kafka/cluster/errors/connection-error.ts';

describe('toConnectionError', () => {
  it('finds the cause under what kafkajs wraps around it', () => {
    const root = new KafkaJSConnectionError('refused');
    const exhausted = new Error('retries exceeded', { cause: root });
    const wrapped = new Error('not retriable', { cause: exhausted });
    expect(toConnectionError(wrapped)).toMatchObject({
      reason: 'connection',
      message: 'refused',
      cause: wrapped,
    });
  });

  it('leaves a link error as it is', () => {
    const error = new ConnectionError('timeout', 'too late');
    expect(toConnectionError(error)).toBe(error);
  });

  it.each([new Error('odd'), 'odd'])('takes anything else as a protocol error', (odd) => {
    expect(toConnectionError(odd)).toMatchObject({ reason: 'protocol', message: 'odd' });
  });
});

const plain = { hasTls: false, hasLogin: false };
const named = (name: string) => Object.assign(new Error('x'), { name });
const withCode = (code: string) =>
  new ConnectionError('connection', 'broken', {
    cause: new Error('x', { cause: Object.assign(new Error('y'), { code }) }),
  });
const ended = new ConnectionError('connection', 'the connection ended');

const failAt = (stage: FailedConnection['stage'], error: ConnectionError) => ({ ...plain, stage, error });
const failInTls = (stage: FailedConnection['stage'], code: string) => ({
  ...failAt(stage, withCode(code)),
  hasTls: true,
});
const failed = (reason: ConnectionError['reason']) => new ConnectionError(reason, 'odd');

test.each<[string, FailedConnection, string | undefined]>([
  ['another name', failInTls('reaching', 'ERR_TLS_CERT_ALTNAME_INVALID'), 'STORE_TLS_SERVER_NAME'],
  ['an unknown authority', failInTls('reaching', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'STORE_TLS_CA_FILE'],
  ['a certificate that has expired', failInTls('reaching', 'CERT_HAS_EXPIRED'), 'the clock'],
  [
    'a certificate of the client that is not taken',
    failInTls('greeting', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    'STORE_TLS_CERT_FILE',
  ],
  ['a peer without TLS', failInTls('reaching', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'check KAFKA_TLS:'],
  ['a handshake that is cut', failInTls('reaching', 'ECONNRESET'), 'check KAFKA_TLS:'],
  ['a file that is gone', failAt('reaching', withCode('ENOENT')), 'the file'],
  ['no answer to plain text', failAt('greeting', ended), 'check KAFKA_TLS:'],
  ['an answer that is none', failAt('greeting', failed('protocol')), 'check KAFKA_TLS:'],
  ['no answer over TLS', { ...failAt('greeting', ended), hasTls: true }, 'STORE_TLS_CERT_FILE'],
  ['no answer without a login', failAt('greeted', ended), 'KAFKA_SASL_MECHANISM'],
  // The configuration is not the cause of these errors.
  ['a broker that refuses connections', failAt('reaching', withCode('ECONNREFUSED')), undefined],
  ['a reset before anything', failAt('reaching', withCode('ECONNRESET')), undefined],
  ['a silent broker', failAt('greeting', failed('timeout')), undefined],
  ['a broker without that request', failAt('greeted', failed('protocol')), undefined],
  ['an end after a login', { ...failAt('greeted', ended), hasLogin: true }, undefined],
  ['an end after good answers', failAt('used', ended), undefined],
])('%s', (_, connection, words) => {
  const advice = findConnectionAdvice(connection);
  if (words === undefined) {
    expect(advice).toBeUndefined();
  } else {
    expect(advice).toContain(words);
  }
});

describe('an address that only the brokers have named', () => {
  const lost = { ...plain, error: withCode('ENOTFOUND'), advertised: 'kafka:9092' } as const;

  test('is said while it is reached, beside what else is known', () => {
    const text = findConnectionAdvice({ ...lost, stage: 'reaching' });
    expect(text).toMatch(/^the brokers advertise this address \(kafka:9092\): set advertised\.listeners /);
    const other = { ...lost, hasTls: true, error: withCode('ERR_TLS_CERT_ALTNAME_INVALID') } as const;
    expect(findConnectionAdvice({ ...other, stage: 'reaching' })).toMatch(
      /^the brokers advertise this address \(kafka:9092\): .*advertised\.listeners.* STORE_TLS_SERVER_NAME/,
    );
  });

  test('says nothing of a connection that worked', () => {
    expect(findConnectionAdvice({ ...lost, stage: 'used' })).toBeUndefined();
  });
});

test.each<[string, unknown, boolean]>([
  ['a wrong password', toConnectionError(named('KafkaJSSASLAuthenticationError')), true],
  ['a token that cannot be had now', new ConnectionError('authentication', 'no token'), false],
  ['a certificate', withCode('CERT_HAS_EXPIRED'), true],
  ['a broker that is unavailable', withCode('ECONNREFUSED'), false],
  ['a connection that ended', ended, false],
])('whether every attempt fails so: %s', (_, error, refused) => {
  expect(isConnectionRefused(error)).toBe(refused);
});
