import * as v from 'valibot';

/** Epoch milliseconds. ISO 8601 in UTC, as the description says: a text without an offset is UTC too. */
const utcTimeSchema = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`)),
  v.number(),
);

/** A message in an answer of the provider. Members that are `null` there are left out before. */
export const messageSchema = v.object({
  messageId: v.exactOptional(v.string()),
  status: v.exactOptional(v.string()),
  _updatedOn: v.exactOptional(utcTimeSchema),
});

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * Channel to number. The published schema has a member `additionalProperties` by mistake: what is no number is passed over. It
 * calls numbers int64, which some write as digits.
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

/** What is absent is nothing: an hour without any `read`, for example. */
const channels = v.optional(channelCountsSchema, {});

export const messageCountsSchema = v.pipe(
  v.object({
    dateUtc: v.exactOptional(utcTimeSchema),
    /** In the time zone that was asked for, which is UTC here. */
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
 * What the provider counted in one hour. `startMs` is its start in epoch milliseconds; `attempted` and `failed` are message
 * sends, every other member has a number for each channel that has one.
 */
export type MessageCounts = Readonly<v.InferOutput<typeof messageCountsSchema>>;
