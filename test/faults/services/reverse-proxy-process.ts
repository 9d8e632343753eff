// A reverse proxy that passes bodies on as they come, keeps its connections, and tries nothing again.
//
// Usage: node reverse-proxy-process.ts PORT UPSTREAM
import { Agent, createServer, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';

const [port, upstream = ''] = process.argv.slice(2);
const isTls = upstream.startsWith('https:');
const agent = isTls
  ? new TlsAgent({ keepAlive: true, rejectUnauthorized: false })
  : new Agent({ keepAlive: true });

// No connection is closed beside a request that is on its way.
createServer({ keepAliveTimeout: 120_000 }, (incoming, response) => {
  const { method, url = '/', headers } = incoming;
  const outgoing = (isTls ? requestTls : request)(upstream + url, { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
  });
  outgoing.on('error', () => {
    if (response.headersSent) {
      response.destroy();
    } else {
      response.writeHead(502, { connection: 'close' }).end();
    }
  });
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}).listen(Number(port), '127.0.0.1');
