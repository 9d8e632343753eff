import { int32, wireString } from './kafka-wire.ts';

/** Returns the value that the client receives. `undefined` omits the setting. */
export type EditSetting = (setting: ReportedSetting) => string | null | undefined;

export interface ReportedSetting {
  /** Name of the topic or broker. */
  readonly of: string;
  readonly name: string;
  readonly value: string | null;
}

/**
 * Changes settings in the response to a DescribeConfigs request of version 1 or 2, which kafkajs sends.
 *
 * @param frame the response, including its length prefix
 * @see https://kafka.apache.org/protocol#The_Messages_DescribeConfigs
 */
export function editConfigsAnswer(frame: Buffer, edit: EditSetting): Buffer {
  // Skips the size, the correlation id and the throttle time. The resources follow.
  let at = 12;
  const parts: Buffer[] = [frame.subarray(4, at)];

  function take(length: number): Buffer {
    at += length;
    return frame.subarray(at - length, at);
  }
  function takeText(): string | null {
    const length = take(2).readInt16BE(0);
    return length < 0 ? null : take(length).toString();
  }
  function takeCount(): number {
    return take(4).readInt32BE(0);
  }

  const resourceCount = takeCount();
  parts.push(int32(resourceCount));
  for (let resource = 0; resource < resourceCount; resource += 1) {
    const start = at;
    take(2);
    takeText();
    take(1);
    const of = takeText() ?? '';
    parts.push(frame.subarray(start, at));
    const entries: Buffer[] = [];
    for (let left = takeCount(); left > 0; left -= 1) {
      const name = takeText() ?? '';
      const edited = edit({ of, name, value: takeText() });
      const rest = at;
      take(3);
      for (let synonyms = takeCount(); synonyms > 0; synonyms -= 1) {
        takeText();
        takeText();
        take(1);
      }
      if (edited !== undefined) {
        const value = edited === null ? Buffer.from([0xff, 0xff]) : wireString(edited);
        entries.push(Buffer.concat([wireString(name), value, frame.subarray(rest, at)]));
      }
    }
    parts.push(int32(entries.length), ...entries);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length), body]);
}
