import { createServer, IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';

/**
 * Answers as the receiver does and stores nothing, but takes CONNECT and upgrades for requests like any other, and keeps
 * the connection: their bodies are parsed as requests. Shows that the attacks reach what is behind a proxy.
 */
class CarelessRequest extends IncomingMessage {
  get upgrade(): boolean {
    return false;
  }

  set upgrade(_asked: boolean) {}
}

export function createCarelessReceiver(secret: string) {
  return createServer({ IncomingMessage: CarelessRequest }, (request, response) => {
    answer(request, response, secret).catch(() => request.destroy());
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, secret: string): Promise<void> {
  const body = await buffer(request);
  if (request.method !== 'POST') {
    response.writeHead(request.method === 'GET' ? 200 : 501).end('a page');
  } else if (request.headers['x-comapi-signature'] === signBody(body, secret)) {
    const elements = JSON.parse(body.toString()) as unknown[];
    const accepted = elements.filter((each) => typeof each === 'object').length;
    response.end(`{"accepted":${accepted},"deadLettered":${elements.length - accepted}}`);
  } else {
    response.writeHead(401).end('{"error":"bad_signature"}');
  }
}
