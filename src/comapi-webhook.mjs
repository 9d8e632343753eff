#!/usr/bin/env node
// Starts the command line. This file is plain JavaScript, so that an old Node.js version can run it and print the error
// below.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `error: Node.js ${process.versions.node} is too old: comapi-webhook needs Node.js 24.11 or later. ` +
      'On Linux, "npm ci" installs a suitable Node.js for "npm start" and "./comapi-webhook", unless optional packages are ' +
      'omitted. If npm scripts are disabled, also run "npm run prepare". On a hosting platform, select the version there. ' +
      'Otherwise, install it first.\n',
  );
  process.exit(2);
}
// Caches compiled code for the next start. If the cache directory is not writable, every start recompiles the files.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/comapi-webhook', import.meta.url)));
await import('./cli.ts');
