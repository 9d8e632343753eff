import { provideTool } from '../../support/tools/provide-tool.ts';
import type { ProxyKind } from './proxy.ts';

/** Caddy (https://caddyserver.com/docs/caddyfile/directives/reverse_proxy). By default, it does not buffer bodies. */
export const caddy: ProxyKind = {
  name: 'Caddy',
  find: () => provideTool('caddy'),
  plan: ({ port, upstreamPort, directory }) => ({
    args: ['run', '--adapter', 'caddyfile', '--config', `${directory}/Caddyfile`],
    files: {
      Caddyfile: `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstreamPort} {
    flush_interval -1
    transport http {
      keepalive_idle_conns_per_host 8
    }
  }
}
`,
    },
  }),
};
