import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { StoredRecord } from '../support/kafka/read-topic.ts';

const contractsDirectory = new URL('../../docs/contracts/', import.meta.url).pathname;

export function readContract(file: string): string {
  return readFileSync(contractsDirectory + file, 'utf8');
}

export type RecordKind = 'event' | 'latest' | 'deadLetter' | 'filterDeadLetter' | 'reconciledState';

export interface Contracts {
  /** Returns the errors of an event, or an empty list if the event matches the contract. */
  checkEvent(event: unknown): readonly ErrorObject[];
  checkRecord(kind: RecordKind, record: unknown): readonly ErrorObject[];
}

export function loadContracts(): Contracts {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
  addFormats.default(ajv);
  for (const file of ['event.schema.json', 'record.schema.json']) {
    ajv.addSchema(JSON.parse(readContract(file)));
  }
  const check = (reference: string, value: unknown) => {
    const validate = ajv.getSchema(reference);
    if (validate === undefined) {
      throw new Error(`There is no schema ${reference}`);
    }
    return validate(value) === true ? [] : (validate.errors ?? []);
  };
  return {
    checkEvent: (event) => check('urn:comapi-webhook-receiver:event', event),
    checkRecord: (kind, record) => check(`urn:comapi-webhook-receiver:record#/$defs/${kind}`, record),
  };
}

/** Converts a record to the form that the contract describes. */
export function toContractRecord(
  kind: RecordKind,
  {
    key,
    headers,
    value,
  }: Pick<StoredRecord, 'headers'> & { key: Buffer | string | null; value: Buffer | null },
): unknown {
  const text = value?.toString() ?? null;
  const isJson = !kind.endsWith('eadLetter');
  return { key: key?.toString() ?? null, headers, value: isJson && text !== null ? JSON.parse(text) : text };
}
