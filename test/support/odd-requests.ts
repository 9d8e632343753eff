export interface OddRequest {
  readonly name: string;
  readonly text: string;
  /** So many at most are begun of a packet that holds only such ones. */
  readonly mostRead: number;
}

/** May wait for an answer, and the one that is too many. */
const unanswered = 16 + 1;
/** While it reads a body, node:http lets answers go out: so many in a turn. */
const prompt = 256;

/** Requests that node:http treats in ways of its own. */
export const oddRequests: readonly OddRequest[] = [
  { name: 'usual', text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', mostRead: unanswered },
  { name: 'Expect of something unknown', text: 'GET / HTTP/1.1\r\nExpect:x\r\n\r\n', mostRead: unanswered },
  { name: '100-continue', text: 'GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n', mostRead: unanswered },
  {
    name: '100-continue with a body',
    text: 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx',
    mostRead: prompt + unanswered,
  },
  { name: 'HTTP/1.0', text: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', mostRead: unanswered },
];
