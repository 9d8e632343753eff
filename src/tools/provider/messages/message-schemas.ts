import * as v from 'valibot';

/** A time in ISO 8601, as epoch milliseconds. The API's description says UTC, so a time without an offset is UTC too. */
const utcTimeSchema = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`)),
  v.number(),
);

/** A message in a response of the provider. `parseAnswer` has removed members that are `null`. */
export const messageSchema = v.object({
  messageId: v.exactOptional(v.string()),
  status: v.exactOptional(v.string()),
  _updatedOn: v.exactOptional(utcTimeSchema),
});

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * Counts by channel. Values that are not numbers are ignored, because the published schema mistakenly has a member
 * `additionalProperties`. Strings of digits count as numbers, because some serializers write int64 values as strings.
 */
const channelCountsSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform(
    (members) =>
      new Map(
        Object.entries(members)
          .map(([channel, value]) => [channel, isDigits(value) ? Number(value) : value] as const)
          .filter(([, value]) => typeof value === 'number'),
      ),
  ),
  v.map(v.string(), countSchema),
);

function isDigits(value: unknown): boolean {
  return typeof value === 'string' && /^\d{1,20}$/.test(value);
}

/** An absent member means zero, for example in an hour without any `read`. */
const channels = v.optional(channelCountsSchema, {});

export const messageCountsSchema = v.pipe(
  v.object({
    dateUtc: v.exactOptional(utcTimeSchema),
    /** Start of the hour in the requested time zone, which is always UTC. */
    date: v.exactOptional(utcTimeSchema),
    attempted: v.optional(countSchema, 0),
    failed: v.optional(countSchema, 0),
    queued: channels,
    success: channels,
    delivered: channels,
    read: channels,
    undeliverable: channels,
    expired: channels,
    inbound: channels,
  }),
  v.check(({ dateUtc, date }) => (dateUtc ?? date) !== undefined),
  v.transform(({ dateUtc, date, ...counts }) => ({ startMs: (dateUtc ?? date) as number, ...counts })),
);

/** Names of events that the provider counts. */
export const countedNames = [
  'message.sentRequest',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.expired',
  'message.inbound',
] as const;
export type CountedName = (typeof countedNames)[number];

/**
 * The provider's counts of one hour. `startMs` is the start of the hour in epoch milliseconds. `attempted` and `failed` count
 * message sends. Every other member has counts by channel.
 */
export type MessageCounts = Readonly<v.InferOutput<typeof messageCountsSchema>>;
