import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { expect, test } from 'vitest';
import { html } from '../../src/http/html.ts';
import { HtmlPage } from '../../src/http/html-page.ts';

test('allows the style that is on the page, and nothing else', () => {
  const page = new HtmlPage({ styles: html`.x::after { content: "it's"; }` });
  const text = page.render('A & B', html`<p>body</p>`);
  const headers = new Map<string, string>();
  page.show({ set: (name: string, value: string) => headers.set(name, value) } as unknown as Context, text);
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(text) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers.get('Content-Security-Policy')).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(text).toContain('<title>A &amp; B</title>');
  expect(text).not.toContain('http-equiv');
});

test('loads itself again when it should', () => {
  expect(new HtmlPage({ refreshSeconds: 15 }).render('A', html``)).toContain(
    '<meta http-equiv="refresh" content="15">',
  );
});
