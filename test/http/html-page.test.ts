import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPagePolicy } from '../../src/http/html-page.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

test('allows the style and the script that are on the page, and nothing else', () => {
  expect(createPagePolicy('<style>\n a{}</style><p>x</p>')).toBe(
    `default-src 'none'; style-src ${hashOf('\n a{}')}; ${rest}`,
  );
  expect(createPagePolicy('<style>a{}</style><script>run();\n</script>')).toBe(
    `default-src 'none'; style-src ${hashOf('a{}')}; script-src ${hashOf('run();\n')}; connect-src 'self'; ${rest}`,
  );
});
