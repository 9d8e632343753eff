import { provideTool } from '../../support/tools/provide-tool.ts';
import type { ProxyKind } from './proxy.ts';

/** HAProxy (https://docs.haproxy.org/2.6/configuration.html). By default, it does not buffer bodies. */
export const haproxy: ProxyKind = {
  name: 'HAProxy',
  find: () => provideTool('haproxy'),
  plan: ({ port, upstreamPort, directory }) => ({
    args: ['-db', '-f', `${directory}/haproxy.cfg`],
    files: {
      'haproxy.cfg': `
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  http-reuse always
frontend public
  bind 127.0.0.1:${port}
  default_backend receiver
backend receiver
  server receiver 127.0.0.1:${upstreamPort} pool-max-conn 8
`,
    },
  }),
};
