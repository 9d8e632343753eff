#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets as far as saying that it is too old.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `error: Node ${process.versions.node} is too old: comapi-webhook needs Node 24.11 or later. ` +
      'On Linux "npm ci" brings one along for "npm start" and "./comapi-webhook", unless it omits optional packages (where ' +
      'scripts are switched off: "npm run prepare"). On a platform choose its version there; elsewhere install it first.\n',
  );
  process.exit(2);
}
// What Node makes of each file: the next start reads it. Where nothing can be written, each start makes it again.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/comapi-webhook', import.meta.url)));
await import('./cli.ts');
