import { describe, expect, test } from 'vitest';
import { postWebhook, signBody } from '../../../src/tools/provider/post-webhook.ts';
import { startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { testSecret } from '../../support/test-receiver.ts';

describe('post webhook', () => {
  const body = Buffer.from('{"text":"é"}');
  const request = { body, secret: testSecret, timeoutMs: 20_000 };

  test('posts the bytes with their signature, and returns the answer', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 418);
    expect(await postWebhook({ ...request, url })).toEqual({ status: 418, text: '{}' });
    expect(deliveries).toMatchObject([
      { body, headers: { 'x-comapi-signature': signBody(body, testSecret) } },
    ]);
  });

  test('without an answer in time, or without a receiver, it says why', async () => {
    const { url } = await startScriptedReceiver(() => 'silence');
    await expect(postWebhook({ ...request, url, timeoutMs: 200 })).rejects.toThrow(
      /^No response from http.*: .*timeout/,
    );
    await expect(postWebhook({ ...request, url: new URL('http://127.0.0.1:1/') })).rejects.toThrow(
      /^No response from http:\/\/127.0.0.1:1\/: .+/,
    );
  });
});

describe('sign body', () => {
  test('is HMAC-SHA1 over bytes, keyed with UTF-8, in lower-case hex (RFC 2202, case 2)', () => {
    expect(signBody(Buffer.from('what do ya want for nothing?'), 'Jefe')).toBe(
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    );
  });
});
