/** Request bodies that affect the next request on the same connection if a server parses them as a separate request. */
export const hiddenRequests = {
  /** The request line of the next request becomes a header value, and its body becomes the body of this GET request. */
  'an unfinished header': 'GET /webhook HTTP/1.1\r\nHost: a\r\nX-Swallow: ',
  /** The next request gets the response to this hidden request. */
  'a whole request': 'GET /webhook HTTP/1.1\r\nHost: a\r\n\r\n',
  /** A server that parses this text as a request takes the next request on the connection as its body. */
  'an unfinished body': 'POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\n',
} as const;
