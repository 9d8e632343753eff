import { toPrintable } from '../runtime/foreign-text.ts';
import { formatView, toViewJson } from '../tools/reconcile/message-view.ts';
import { formatLife, toLifeJson } from '../tools/records/format-life.ts';
import { formatGroup } from '../tools/records/group-view.ts';
import { formatTable } from './command-io.ts';
import type { Found } from './find-in-store.ts';

export function formatFound(found: readonly Found[], isJson: boolean): string {
  return toPrintable(isJson ? toJson(found) : found.map(toText).join('\n'));
}

function toText({ life, view, group }: Found): string {
  return formatLife(life, {
    formatTable,
    elsewhere: view === undefined ? '' : formatView(view),
    group: group === undefined ? '' : formatGroup(group),
  });
}

/** One object for one life, which is the usual case. */
function toJson(found: readonly Found[]): string {
  const all = found.map(({ life, view, group }) => ({
    ...toLifeJson(life, group),
    ...(view && { provider: toViewJson(view) }),
  }));
  return `${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`;
}
