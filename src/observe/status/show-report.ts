import { type Html, type HtmlValue, html } from '../../http/html.ts';
import { formatBytes, formatCount, formatDuration } from '../../runtime/format.ts';

/**
 * Each member of a report under its name: a list, or an object with a line for each of its own members.
 *
 * @param now what the report says of times counts from here, ISO 8601
 */
export function showSections(report: object, now: string): Html[] {
  return membersOf(report).map(([name, value]) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const content = isObject ? showTerms(value, now) : html`<div>${show(name, value, now)}</div>`;
    return html`<h2>${toWords(name)}</h2>\n${content}\n`;
  });
}

function showTerms(value: object, now: string): Html {
  const terms = membersOf(value).map(
    ([name, each]) => html`<dt>${toWords(name)}</dt><dd>${show(name, each, now)}</dd>\n`,
  );
  return html`<dl>\n${terms}</dl>`;
}

function show(name: string, value: unknown, now: string): HtmlValue {
  const text = showValue(name, value, now);
  const mark = findMark(name, value);
  return mark === undefined ? text : html`<strong class="${mark}">${text}</strong>`;
}

/** `undefined` for what is as it should be. */
function findMark(name: string, value: unknown): 'bad' | 'warning' | undefined {
  if (name === 'verdict' && value === 'warning') {
    return 'warning';
  }
  const isFault =
    /^(problem|notice)$/.test(name) || value === 'error' || (value === false && /^(ok|up)$/.test(name));
  return isFault ? 'bad' : undefined;
}

const timeForm = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

function showValue(name: string, value: unknown, now: string): HtmlValue {
  if (Array.isArray(value)) {
    const items = value.map((each) => html`<li>${show(name, each, now)}</li>\n`);
    return items.length === 0 ? 'none' : html`<ul>\n${items}</ul>`;
  }
  if (typeof value === 'object') {
    return showInLine(value ?? {}, now);
  }
  if (typeof value === 'number') {
    return formatNumber(name, value);
  }
  if (typeof value === 'string') {
    return timeForm.test(value) ? formatTime(value, now) : value;
  }
  return value === true ? 'yes' : 'no';
}

function showInLine(value: object, now: string): HtmlValue {
  return membersOf(value).map(([name, each], index) => {
    const word = toWords(name).toLowerCase();
    return html`${index === 0 ? '' : ', '}<span class="name">${word}</span> ${show(name, each, now)}`;
  });
}

function formatNumber(name: string, value: number): string {
  if (/bytes$/i.test(name)) {
    return formatBytes(value);
  }
  return name.startsWith('seconds') ? formatDuration(value * 1_000) : formatCount(value);
}

/** Those that JSON has, but for empty texts. */
function membersOf(value: object): (readonly [name: string, value: unknown])[] {
  return Object.entries(value).filter(([, each]) => each !== undefined && each !== '');
}

/** `lastAcceptedAt` as `Last accepted at`. */
function toWords(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A time of the report, and how long ago it was, or in how long it will be. */
export function formatTime(iso: string, now: string): Html {
  const ms = Date.parse(iso) - Date.parse(now);
  const duration = formatDuration(Math.abs(ms));
  const text = `${iso.slice(0, 19).replace('T', ' ')} UTC`;
  return html`<time datetime="${iso}">${text}</time> (${ms > 0 ? `in ${duration}` : `${duration} ago`})`;
}
