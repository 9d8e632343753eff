import { type Html, html } from '../../http/html.ts';
import { formatDuration } from '../../runtime/format.ts';

/** A time of the report, and how long ago it was, or in how long it will be. */
export function formatTime(iso: string, now: string): Html {
  const ms = Date.parse(iso) - Date.parse(now);
  const duration = formatDuration(Math.abs(ms));
  const text = `${iso.slice(0, 19).replace('T', ' ')} UTC`;
  return html`<time datetime="${iso}">${text}</time> (${ms > 0 ? `in ${duration}` : `${duration} ago`})`;
}
