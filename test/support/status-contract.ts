import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const file = new URL('../../docs/contracts/status.schema.json', import.meta.url);

/** The contract allows additional members, but this program must emit only members that the contract describes. */
const schema: unknown = JSON.parse(readFileSync(file, 'utf8'), (_key, value) =>
  value?.type === 'object' ? { ...value, additionalProperties: false } : value,
);
const ajv = new Ajv2020({ allErrors: true, strict: true });
addFormats.default(ajv);
const validate = ajv.compile(schema as object);

/** Validates a status report against the documented schema. Returns no errors if the report is valid. */
export function checkStatus(report: unknown): readonly ErrorObject[] {
  return validate(report) ? [] : (validate.errors ?? []);
}
