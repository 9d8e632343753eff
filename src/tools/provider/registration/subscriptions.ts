import { UsageError } from '../../../runtime/errors.ts';
import type { AvailableEvent, EventFilter, Subscription } from './registration.ts';

/**
 * Parses `type` or `type:filter=value,filter=value`. The type may end in `*`.
 *
 * @throws {UsageError}
 */
export function parseSubscription(text: string): Subscription {
  const [, type, filterText] = /^([\w.-]+|(?:[\w-]+\.)*\*)(?::(.+))?$/.exec(text) ?? [];
  if (type === undefined) {
    throw new UsageError(
      `"${text}" is not a valid event type. Give a type such as message.delivered, message.* or message.sent:channel=sms.`,
    );
  }
  return { type, filters: filterText === undefined ? [] : filterText.split(',').map(parseFilter) };
}

function parseFilter(text: string): EventFilter {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new UsageError(`"${text}" is not a valid filter. Give name=value, for example channel=sms.`);
  }
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * Replaces each `*` by the events that the account can subscribe to. Rejects unknown events and filters, because the
 * provider would accept the subscription but never send such an event.
 *
 * @throws {UsageError}
 */
export function resolveSubscriptions(
  wanted: readonly Subscription[],
  available: readonly AvailableEvent[],
): readonly Subscription[] {
  const resolvedSubscriptions = wanted.flatMap((subscription) =>
    resolveSubscription(subscription, available),
  );
  const eventTypes = resolvedSubscriptions.map(({ type }) => type);
  const duplicateEventType = eventTypes.find((type, index) => eventTypes.indexOf(type) !== index);
  if (duplicateEventType !== undefined) {
    throw new UsageError(
      `the event ${duplicateEventType} is given twice. Give it once, with all of its filters in the same --event.`,
    );
  }
  return resolvedSubscriptions;
}

function resolveSubscription(
  { type, filters }: Subscription,
  available: readonly AvailableEvent[],
): Subscription[] {
  const prefix = type.endsWith('*') ? type.slice(0, -1) : undefined;
  const events = available.filter((event) =>
    prefix === undefined ? event.type === type : event.type.startsWith(prefix),
  );
  if (events.length === 0) {
    throw new UsageError(
      `the account cannot subscribe to the event ${type}. To list the available events, use --list-events.${suggestSimilarEvents(type, available)}`,
    );
  }
  for (const event of events) {
    checkFilters(event, filters);
  }
  return events.map((event) => ({ type: event.type, filters }));
}

function suggestSimilarEvents(type: string, available: readonly AvailableEvent[]): string {
  const family = `${type.split('.')[0]}.`;
  const similarTypes = available.filter((event) => event.type.startsWith(family)).map((event) => event.type);
  return similarTypes.length === 0 ? '' : ` Similar events: ${similarTypes.join(', ')}.`;
}

function checkFilters(event: AvailableEvent, filters: readonly EventFilter[]): void {
  const names = event.filters.map(({ name }) => name);
  for (const { name } of filters) {
    if (!names.includes(name)) {
      throw new UsageError(
        names.length === 0
          ? `the event ${event.type} has no filters: remove the filter ${name}`
          : `the event ${event.type} has no filter ${name}. Its filters are ${names.join(', ')}.`,
      );
    }
  }
  for (const { name, required } of event.filters) {
    if (required === true && !filters.some((filter) => filter.name === name)) {
      throw new UsageError(
        `the event ${event.type} requires the filter ${name}. Give it as ${event.type}:${name}=value.`,
      );
    }
  }
}
