/** Faulty behaviour of a server, in place of a correct and timely response. */
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

/** A response that the server is about to write. */
export interface Answer {
  /** Name of the method, such as `ChannelOpenOk`. */
  readonly name: string;
  readonly channel: number;
  readonly bytes: Buffer;
}

/** Faulty actions that a connection can perform instead of writing the response. */
export interface Line {
  readonly write: (...bytes: readonly Buffer[]) => void;
  /** Delays all further data and keeps its order. */
  readonly stall: () => void;
  readonly end: () => void;
  readonly destroy: () => void;
  /** Returns the frame that closes the channel, and marks the channel as closed. */
  readonly closeChannel: (channel: number) => Buffer;
  /** Returns the frame that closes the connection, and marks the connection as closed. */
  readonly closeConnection: () => Buffer;
  readonly frame: (type: number, channel: number, payload: Buffer, end?: number) => Buffer;
}

const meddlers: Readonly<Record<Trouble, (answer: Answer, line: Line) => void>> = {
  // The server must not lose a returned message alone, because the confirm would then be false. The server may lose
  // both frames together with the connection.
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
