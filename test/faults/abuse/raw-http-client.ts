import { connect, type Socket } from 'node:net';

export type RawHttpClient = ReturnType<typeof createRawHttpClient>;
type OnAnswer = (status: number | 'cut') => void;

/**
 * A minimal HTTP client. It can put more load on a server than node:http, because it parses only the status and the
 * length of a response.
 */
export function createRawHttpClient(port: number) {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const waiting: OnAnswer[] = [];
  let isOpen = true;
  let text = '';

  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) {
        return;
      }
      const head = text.slice(0, headEnd + 2);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (text.length < end) {
        return;
      }
      const status = Number(text.slice(9, 12));
      text = text.slice(end);
      isOpen &&= !/\r\nconnection: close/i.test(head);
      waiting.shift()?.(status);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    isOpen = false;
    for (const onAnswer of waiting.splice(0)) {
      onAnswer('cut');
    }
  });

  return {
    get pending() {
      return waiting.length;
    },
    get isOpen() {
      return isOpen;
    },
    /** Writes a whole request. Responses arrive in the same order as the requests. */
    send(request: string, onAnswer: OnAnswer) {
      waiting.push(onAnswer);
      socket.write(request);
    },
  };
}
