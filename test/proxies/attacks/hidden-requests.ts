/** Bytes that hurt the next request of the same connection where they are taken for a request of their own. */
export const hiddenRequests = {
  /** The request line of the next one becomes a header's value, its body the body of a GET. */
  'an unfinished header': 'GET /webhook HTTP/1.1\r\nHost: a\r\nX-Swallow: ',
  /** The next one gets the answer to this. */
  'a whole request': 'GET /webhook HTTP/1.1\r\nHost: a\r\n\r\n',
  /** The next one is the body. */
  'an unfinished body': 'POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\n',
} as const;
