import { findTraefik } from '../tools/find-traefik.ts';
import type { ProxyKind } from './proxy.ts';

/** https://doc.traefik.io/traefik/; bodies are passed on as they come by default. */
export const traefik: ProxyKind = {
  name: 'Traefik',
  find: findTraefik,
  plan: ({ port, upstreamPort, directory }) => ({
    args: [
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
      `--entrypoints.web.address=127.0.0.1:${port}`,
      '--serverstransport.maxidleconnsperhost=8',
      `--providers.file.filename=${directory}/routes.yaml`,
    ],
    files: {
      'routes.yaml': `
http:
  routers:
    receiver:
      rule: Host(\`localhost\`) || PathPrefix(\`/\`)
      service: receiver
  services:
    receiver:
      loadBalancer:
        servers: [{ url: "http://127.0.0.1:${upstreamPort}" }]
        responseForwarding: { flushInterval: 1ms }
`,
    },
  }),
};
