import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { minimalValues, refusal, type Values } from './support/render.ts';

const gone: Readonly<Record<string, string>> = parse(
  readFileSync(join(chartDirectory, 'gone-values.yaml'), 'utf8'),
);
const values = parse(readFileSync(join(chartDirectory, 'values.yaml'), 'utf8'));

/** Required keys of list items, by list. */
const itemOf = (list: string) =>
  list === 'webhooks' ? { existingSecret: 's' } : { events: 'chat.*', topic: 'chats' };

function at(path: string, value: unknown): Values {
  return path
    .split('.')
    .toReversed()
    .reduce<Values>((inner, part) => {
      const list = part.replace('[]', '');
      return { [list]: list === part ? inner : [{ ...itemOf(list), ...inner }] };
    }, value as Values);
}

function find(path: string): unknown {
  return path.split('.').reduce((inner, part) => inner?.[part], values);
}

test.each(Object.entries(gone))('%s is refused with what stands for it', (path, instead) => {
  const { kafka, webhooks } = minimalValues;
  const set = at(path, false);
  const refused = refusal({ webhooks, ...set, kafka: { ...kafka, ...set.kafka } });
  expect(refused).toContain(`- ${path} was removed: ${instead}`);
});

test('all of them are refused at once, and none is a value of now', () => {
  expect(Object.keys(gone).filter((path) => find(path) !== undefined)).toEqual([]);
  const refused = refusal({ ...minimalValues, config: { bodyTimeoutMs: 5000 }, canary: { probe: {} } });
  expect(refused.match(/ was removed: /g)).toHaveLength(2);
});
