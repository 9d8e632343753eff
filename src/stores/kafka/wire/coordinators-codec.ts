import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** What is coordinated: a group, or a transactional id. */
export type CoordinatorKind = 'group' | 'transaction';

/** What a broker says of one group or transactional id. */
export interface FoundCoordinator {
  readonly key: string;
  readonly errorCode: number;
  /** Empty with an error. */
  readonly host: string;
  readonly port: number;
}

/** The answer's header ends with its tags, of which there are none: one byte. */
export const coordinatorsThrottleAt = 1;

export function toKindCode(kind: CoordinatorKind): number {
  return kind === 'group' ? 0 : 1;
}

export function writeFindCoordinators(
  writer: WireWriter,
  kind: CoordinatorKind,
  keys: readonly string[],
): void {
  writer.int8(0);
  writer.int8(toKindCode(kind));
  writer.unsigned(keys.length + 1);
  for (const key of keys) {
    writer.compactString(key);
  }
  writer.int8(0);
}

export function decodeCoordinators(payload: Buffer): FoundCoordinator[] {
  const reader = new WireReader(payload);
  reader.skipTags();
  reader.int32();
  return reader.compactArray(() => {
    const key = reader.compactString();
    reader.int32(); // node
    const [host, port, errorCode] = [reader.compactString(), reader.int32(), reader.int16()];
    reader.compactString(); // message
    reader.skipTags();
    return { key, errorCode, host, port };
  });
}
