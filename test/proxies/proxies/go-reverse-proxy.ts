import { buildGoProxy } from '../tools/go-programs.ts';
import type { ProxyKind } from './proxy.ts';

/** The program beside this folder. */
export const goReverseProxy: ProxyKind = {
  name: 'Go’s ReverseProxy',
  find: buildGoProxy,
  plan: ({ port, upstreamPort }) => ({
    args: [`127.0.0.1:${port}`, `127.0.0.1:${upstreamPort}`],
    files: {},
  }),
};
