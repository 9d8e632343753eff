import { describe, expect, test } from 'vitest';
import { createLifeCycle } from '../../../src/tools/provider/simulator/life-cycle.ts';
import { createSeededRandom, createUuids } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { parseExactly } from '../../../src/tools/records/exact-json.ts';
import { maskEvent } from '../../../src/tools/records/show-record.ts';

const mask = (text: string) => JSON.stringify(maskEvent(parseExactly(text)).event);
const maskPayload = (members: string) => {
  const event = JSON.parse(mask(`{"payload":{${members}}}`)) as { payload: Record<string, unknown> };
  return event.payload;
};

describe('a masked event', () => {
  test('keeps the envelope as it is, numbers beyond 2^53 too', () => {
    const text =
      '{"eventId":"e","accountId":447700900123,"name":"message.sent","revision":18446744073709551615,"timestamp":"2026-11-27T08:00:00.123Z"}';
    expect(mask(text)).toBe(text);
  });

  test.each([
    ['a phone number', '"to":{"phoneNumber":"447700900123"}', '447700900123'],
    ['a phone number that is a number', '"msisdn":447700900123', '447700900123'],
    ['a sender whose id is a number', '"from":{"id":"447700900123"}', '447700900123'],
    ['a recipient that is a text', '"additionalInfo":{"to":"447700900123"}', '447700900123'],
    ['recipients in a list', '"to":["447700900123","x"]', '447700900123'],
    ['an e-mail address', '"email":"zoe@example.com"', 'zoe'],
    ['a name of a person', '"firstName":"Zoe"', 'Zoe'],
    ['a text', '"body":"Hi"', 'Hi'],
    ['all below a text', '"body":{"en":{"x":"Hi"}}', 'Hi'],
    ['the data of a part', '"parts":[{"type":"text/plain","data":"Hi"}]', 'Hi'],
    ['a phone number in a member that is not known', '"x":"ring +44 7700 900123"', '7700'],
    ['a number like a phone number there', '"x":447700900123', '447700900123'],
    ['an e-mail address there', '"x":"ask zoe@example.com"', 'zoe'],
    ['an e-mail address as an identifier', '"profileId":"zoe@example.com"', 'zoe'],
    ['a text there', '"x":"see you at ten"', 'ten'],
    ['what stands behind the host of a URL', '"x":"https://example.com/?who=zoe"', 'zoe'],
    ['a phone number in a status', '"statusMessage":"no route to 447700900123"', '447700900123'],
  ])('hides %s', (_what, members, secret) => {
    expect(JSON.stringify(maskPayload(members))).not.toContain(secret);
    expect(JSON.stringify(maskPayload(members))).toContain('hidden>');
  });

  test.each([
    ['identifiers', '"messageId":"8f14e45f-ceea-467f-9575-6fa1c1b0cd5e","conversationId":"12345678901"'],
    ['an identifier of the recipient', '"to":{"profileId":"12345678901"}'],
    ['status words', '"statusCode":"3","statusMessage":"message could not be delivered"'],
    ['a channel, a flag, a small number', '"channel":"sms","successful":true,"parts":1,"network":null'],
    ['times', '"sentOn":"2026-11-27T08:00:00Z","expiresAt":1795766400000,"x":"2026-11-27 08:00"'],
  ])('keeps %s', (_what, members) => {
    expect(maskPayload(members)).toEqual(JSON.parse(`{${members}}`));
  });

  test('has nothing left of what the simulated provider writes about people', () => {
    const random = createSeededRandom(7);
    for (let index = 0; index < 200; index += 1) {
      const { names, payload } = createLifeCycle(random, createUuids(7, 0));
      for (const name of names) {
        expect(mask(`{"name":"${name}","payload":{${payload(name)}}}`)).not.toMatch(
          /4477009|@example|Zo|order is|Köln|Yes|Line one|50%|Support/,
        );
      }
    }
  });

  test('tells what was hidden as a whole, so that a key of it can be hidden too', () => {
    const { hidden } = maskEvent(parseExactly('{"payload":{"to":{"phoneNumber":"447700900123"},"x":1}}'));
    expect([...hidden]).toEqual(['447700900123']);
  });

  test('that is too deep to be looked into is hidden where it gets too deep', () => {
    const deep = `${'{"a":'.repeat(900)}"zoe"${'}'.repeat(900)}`;
    expect(mask(deep)).not.toContain('zoe');
  });
});
