import { expect, test } from 'vitest';
import { html } from '../../src/http/html.ts';

test('escapes what is put into it, in text and in attributes', () => {
  const hostile = `"><script>alert('1 & 2')</script>`;
  expect(html`<p title="${hostile}">${hostile}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;">&quot;&gt;&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;</p>',
  );
});

test('keeps HTML, lists of it and numbers, and leaves out what there is not', () => {
  expect(html`<ul>${['a<b', html`<li>c</li>`, 1].map((each) => html`${each}`)}</ul>${undefined}`.text).toBe(
    '<ul>a&lt;b<li>c</li>1</ul>',
  );
});
