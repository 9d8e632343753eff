import { UsageError } from '../../../runtime/errors.ts';
import type { AvailableEvent, EventFilter, Subscription } from './registration.ts';

/**
 * Reads `type` or `type:filter=value,filter=value`; the type may end in `*`.
 *
 * @throws {UsageError}
 */
export function parseSubscription(text: string): Subscription {
  const [, type, filterText] = /^([\w.-]+|(?:[\w-]+\.)*\*)(?::(.+))?$/.exec(text) ?? [];
  if (type === undefined) {
    throw new UsageError(
      `"${text}" is not an event: give a type like message.delivered, message.* or message.sent:channel=sms`,
    );
  }
  return { type, filters: filterText === undefined ? [] : filterText.split(',').map(parseFilter) };
}

function parseFilter(text: string): EventFilter {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new UsageError(`"${text}" is not a filter: give name=value, for example channel=sms`);
  }
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * Replaces each `*` by the events that the account can subscribe to. Refuses events and filters that do not exist: the
 * provider would accept them and then never send anything.
 *
 * @throws {UsageError}
 */
export function resolveSubscriptions(
  wanted: readonly Subscription[],
  available: readonly AvailableEvent[],
): readonly Subscription[] {
  const resolved = wanted.flatMap((subscription) => resolveOne(subscription, available));
  const types = resolved.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) {
    throw new UsageError(`the event ${twice} is given twice: one subscription holds all of its filters`);
  }
  return resolved;
}

function resolveOne({ type, filters }: Subscription, available: readonly AvailableEvent[]): Subscription[] {
  const prefix = type.endsWith('*') ? type.slice(0, -1) : undefined;
  const events = available.filter((event) =>
    prefix === undefined ? event.type === type : event.type.startsWith(prefix),
  );
  if (events.length === 0) {
    throw new UsageError(
      `the account has no event ${type}: --list-events shows those that it has${suggest(type, available)}`,
    );
  }
  for (const event of events) {
    checkFilters(event, filters);
  }
  return events.map((event) => ({ type: event.type, filters }));
}

function suggest(type: string, available: readonly AvailableEvent[]): string {
  const family = `${type.split('.')[0]}.`;
  const similar = available.filter((event) => event.type.startsWith(family)).map((event) => event.type);
  return similar.length === 0 ? '' : ` (${similar.join(', ')})`;
}

function checkFilters(event: AvailableEvent, filters: readonly EventFilter[]): void {
  const names = event.filters.map(({ name }) => name);
  for (const { name } of filters) {
    if (!names.includes(name)) {
      const possible = names.length === 0 ? 'has none' : `has ${names.join(', ')}`;
      throw new UsageError(`the event ${event.type} has no filter ${name}: it ${possible}`);
    }
  }
  for (const { name, required } of event.filters) {
    if (required === true && !filters.some((filter) => filter.name === name)) {
      throw new UsageError(
        `the event ${event.type} needs the filter ${name}: give it as ${event.type}:${name}=value`,
      );
    }
  }
}
