import { buildGoProgram } from '../../support/tools/go-programs.ts';
import type { ProxyKind } from './proxy.ts';

const source = new URL('../go-reverse-proxy', import.meta.url).pathname;

export const goReverseProxy: ProxyKind = {
  name: 'Go’s ReverseProxy',
  find: () => buildGoProgram('go-reverse-proxy', source),
  plan: ({ port, upstreamPort }) => ({
    args: [`127.0.0.1:${port}`, `127.0.0.1:${upstreamPort}`],
    files: {},
  }),
};
