import { provideTool } from '../../support/tools/provide-tool.ts';
import type { ProxyKind } from './proxy.ts';

/** nginx (https://nginx.org/en/docs/http/ngx_http_proxy_module.html). It forwards upgrades, as ingress-nginx does. */
export const nginx: ProxyKind = {
  name: 'nginx',
  find: () => provideTool('nginx'),
  plan: ({ port, upstreamPort, directory }) => ({
    args: ['-p', directory, '-c', `${directory}/nginx.conf`, '-e', `${directory}/error.log`],
    files: {
      'nginx.conf': `
daemon off;
master_process off;
pid ${directory}/pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  client_max_body_size 0;
  keepalive_requests 100000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream receiver { server 127.0.0.1:${upstreamPort}; keepalive 8; keepalive_requests 100000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://receiver;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_request_buffering off;
      proxy_buffering off;
    }
  }
}
`,
    },
  }),
};
