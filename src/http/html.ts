import { toPrintable } from '../runtime/foreign-text.ts';

/** A part of a page. Only `html` makes one, so everything else that is put into a page is escaped. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Html };

/** `undefined` is nothing. */
export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/** A template of HTML. Values that are not HTML themselves are text, wherever they come from. */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(literals.reduce((text, literal, index) => text + toText(values[index - 1]) + literal));
}

function toText(value: HtmlValue): string {
  if (value instanceof Html) {
    return value.text;
  }
  return typeof value === 'object' ? value.map(toText).join('') : escapeHtml(String(value ?? ''));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return toPrintable(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
