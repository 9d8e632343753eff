import { errorCodes } from 'kafkajs/src/protocol/error.js';

/** Error names of kafkajs that Kafka has since renamed. */
const renamed: Readonly<Record<string, string>> = {
  NOT_LEADER_FOR_PARTITION: 'NOT_LEADER_OR_FOLLOWER',
  GROUP_LOAD_IN_PROGRESS: 'COORDINATOR_LOAD_IN_PROGRESS',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'COORDINATOR_NOT_AVAILABLE',
  NOT_COORDINATOR_FOR_GROUP: 'NOT_COORDINATOR',
};
const names = new Map(errorCodes.map(({ type, code }) => [code, renamed[type] ?? type]));
const codes = new Map([...names].map(([code, name]) => [name, code]));

/** Returns the protocol code of an error from the kafkajs error table. The code 0 means no error. */
export function toErrorCode(name: string | undefined): number {
  const code = name === undefined ? 0 : codes.get(name);
  if (code === undefined) {
    throw new RangeError(`${name} is no error of Kafka`);
  }
  return code;
}

export function toErrorName(code: number): string {
  return names.get(code) ?? `error ${code}`;
}
