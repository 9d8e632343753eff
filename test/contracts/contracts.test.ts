import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { blockSize, createEventBlock } from '../../src/tools/provider/simulator/event-source.ts';
import { toReconciledRecord } from '../../src/tools/reconcile/reconcile-messages.ts';
import { defaultKeyRulesText } from '../../src/webhook/key-rules.ts';
import { deadLetterReasons } from '../../src/webhook/to-record.ts';
import { loadContracts, readContract, toContractRecord } from './contracts.ts';

const contracts = loadContracts();
const schemas = {
  event: JSON.parse(readContract('event.schema.json')),
  record: JSON.parse(readContract('record.schema.json')),
};

describe('event.schema.json', () => {
  test('accepts every event that the simulator makes, and the sample that "send" posts', () => {
    const events = [1, 2, 3].flatMap((seed) =>
      Array.from({ length: 20 }, (_, block) => createEventBlock(seed, block)).flat(),
    );
    expect(events).toHaveLength(3 * 20 * blockSize);
    expect(new Set(events.map(({ name }) => name.split('.')[0])).size).toBeGreaterThan(4);
    for (const { json } of events) {
      expect({ json, errors: contracts.checkEvent(JSON.parse(json)) }).toEqual({ json, errors: [] });
    }
    expect(contracts.checkEvent(createSampleEvent({ name: 'message.delivered' }))).toEqual([]);
  });

  test('knows a family for each place where the receiver looks for an identifier', () => {
    for (const rule of defaultKeyRulesText.split(';')) {
      const [family = '', places = ''] = rule.split('=');
      const names = family === '*' ? ['message', 'interaction', 'conversationMessage'] : [family];
      for (const name of names) {
        for (const place of places.split(',')) {
          const event = withoutIdentifiers(`${name}.happened`);
          expect(contracts.checkEvent(event)).not.toEqual([]);
          expect(contracts.checkEvent(withPlace(event, place.split('.')))).toEqual([]);
        }
      }
    }
  });

  test('allows names, families and fields that nobody knows yet', () => {
    const event = { ...withoutIdentifiers('weather.changed'), more: { of: ['it'] } };
    expect(contracts.checkEvent(event)).toEqual([]);
  });

  test.each(schemas.event.required as string[])('asks for %s', (field) => {
    const { [field]: _, ...event } = createSampleEvent({ name: 'message.read' }) as unknown as Record<
      string,
      unknown
    >;
    expect(contracts.checkEvent(event)).toEqual([expect.objectContaining({ keyword: 'required' })]);
  });
});

describe('record.schema.json', () => {
  const headers = {
    ce_specversion: '1.0',
    ce_id: 'e1',
    ce_type: 'message.read',
    ce_source: 'urn:comapi:api-space:1',
    'content-type': 'application/json',
    'received-at': '2026-01-01T00:00:00.000Z',
    webhook: 'default',
  };

  test.each(Object.keys(headers))('asks for the header %s', (name) => {
    const { [name]: _, ...fewer } = headers as Record<string, string>;
    const record = (given: Record<string, string>) =>
      toContractRecord('event', { key: 'm1', headers: given, value: Buffer.from('{}') });
    expect(contracts.checkRecord('event', record(headers))).toEqual([]);
    expect(contracts.checkRecord('event', record(fewer))).not.toEqual([]);
  });

  test('has the extension attribute only beside the revision', () => {
    const check = (more: Record<string, string>) =>
      contracts.checkRecord(
        'event',
        toContractRecord('event', { key: 'm1', headers: { ...headers, ...more }, value: Buffer.from('{}') }),
      );
    expect(check({ revision: '7' })).toEqual([]);
    expect(check({ revision: '7', ce_revision: '7' })).toEqual([]);
    expect(check({ ce_revision: '7' })).toEqual([expect.objectContaining({ keyword: 'dependentRequired' })]);
  });

  describe('a state that was requested', () => {
    const asked = toReconciledRecord(
      {
        ...{
          messageId: 'm1',
          outcome: 'missing',
          requestedAtMs: 0,
          json: '{"messageId":"m1","status":"read"}',
        },
        ...{ stored: { name: 'message.sent', atMs: 0 }, reported: { status: 'read' } },
      },
      'comapi.events.reconciled',
      { recordHeaders: { environment: 'test' } },
    );
    const check = (more: Partial<typeof asked>) =>
      contracts.checkRecord('reconciledState', toContractRecord('reconciledState', { ...asked, ...more }));

    test('is as its contract says, with every state that may be missing', () => {
      expect(check({})).toEqual([]);
      for (const status of ['sent', 'delivered', 'failed', 'expired', 'filtered', 'read']) {
        expect(check({ headers: { ...asked.headers, status } })).toEqual([]);
      }
    });

    test.each([
      ['no state', { headers: { ...asked.headers, status: 'unheard-of' } }],
      ['a revision, as of an event', { headers: { ...asked.headers, revision: '3' } }],
      ['no key', { key: null }],
      ['no answer', { value: Buffer.from('{}') }],
    ])('has never %s', (_, more) => {
      expect(check(more)).not.toEqual([]);
    });
  });

  test('lists the reasons of dead letters that there are', () => {
    const listed = schemas.record.$defs.deadLetter.properties.headers.properties.reason.enum;
    expect(new Set(listed)).toEqual(new Set(deadLetterReasons));
  });
});

describe('asyncapi.yaml', () => {
  const document = parse(readContract('asyncapi.yaml'));

  test('is valid against the schema of AsyncAPI 3.0', () => {
    const ajv = new Ajv({ allErrors: true, strict: false });
    addFormats.default(ajv);
    const file = new URL(import.meta.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
    const isValid = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
    expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true);
    expect(isValid({ ...document, channels: [] })).toBe(false);
  });

  test('refers to what is there', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
    const missing = [...references].flatMap(([, reference = '']) =>
      resolve(reference, document) === undefined ? [reference] : [],
    );
    expect(missing).toEqual([]);
  });
});

function withoutIdentifiers(name: string): Record<string, unknown> {
  return { ...createSampleEvent({ name }), payload: {} };
}

function withPlace(
  event: Record<string, unknown>,
  [member = '', ...rest]: string[],
): Record<string, unknown> {
  const inner = (event[member] ?? {}) as Record<string, unknown>;
  return { ...event, [member]: rest.length === 0 ? 'id-1' : withPlace(inner, rest) };
}

function resolve(reference: string, document: unknown): unknown {
  const [file = '', pointer = ''] = reference.split('#');
  let at: unknown = file === '' ? document : JSON.parse(readContract(file));
  for (const step of pointer.split('/').slice(1)) {
    at = (at as Record<string, unknown> | undefined)?.[step];
  }
  return at;
}
