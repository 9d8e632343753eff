/** What a server does instead of a correct response in time. */
export const troubles = [
  'lost',
  'late',
  'twice',
  'half',
  'cut_before',
  'cut_after',
  'channel_closed_instead',
  'channel_closed_after',
  'connection_closed_instead',
  'connection_closed_after',
  'unknown_channel',
  'unknown_method',
  'frame_without_end',
] as const;

export type Trouble = (typeof troubles)[number];

/** A response that is about to be written. */
export interface Answer {
  /** Name of the method, such as `ChannelOpenOk`. */
  readonly name: string;
  readonly channel: number;
  readonly bytes: Buffer;
}

/** What a connection can do instead. */
export interface Line {
  readonly write: (...bytes: readonly Buffer[]) => void;
  /** Delays all further data, in order. */
  readonly stall: () => void;
  readonly end: () => void;
  readonly destroy: () => void;
  /** Returns the frame that closes the channel. The channel counts as closed then. */
  readonly closeChannel: (channel: number) => Buffer;
  /** Returns the frame that closes the connection. The connection counts as closed then. */
  readonly closeConnection: () => Buffer;
  readonly frame: (type: number, channel: number, payload: Buffer, end?: number) => Buffer;
}

const meddlers: Readonly<Record<Trouble, (answer: Answer, line: Line) => void>> = {
  // A returned message must not be lost, because the confirm alone would be a lie. A server may lose neither, or both
  // with the connection.
  lost: ({ name, bytes }, line) => void (name === 'BasicReturn' && line.write(bytes)),
  late({ bytes }, line) {
    line.stall();
    line.write(bytes);
  },
  twice: ({ bytes }, line) => line.write(bytes, bytes),
  half({ bytes }, line) {
    line.write(bytes.subarray(0, bytes.length / 2));
    line.end();
  },
  cut_before: (_, line) => line.destroy(),
  cut_after({ bytes }, line) {
    line.write(bytes);
    line.end();
  },
  channel_closed_instead: ({ channel }, line) => line.write(line.closeChannel(channel)),
  channel_closed_after: ({ bytes, channel }, line) => line.write(bytes, line.closeChannel(channel)),
  connection_closed_instead: (_, line) => line.write(line.closeConnection()),
  connection_closed_after: ({ bytes }, line) => line.write(bytes, line.closeConnection()),
  unknown_channel: (_, line) => line.write(line.frame(1, 60_000, Buffer.alloc(8, 0xff))),
  unknown_method: ({ channel }, line) => line.write(line.frame(1, channel, Buffer.alloc(8, 0xff))),
  frame_without_end: (_, line) => line.write(line.frame(8, 0, Buffer.alloc(0), 0)),
};

export function meddle(trouble: Trouble, answer: Answer, line: Line): void {
  meddlers[trouble](answer, line);
}
