const dateTime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Every month has these days. */
const commonDays = 28;

/**
 * Whether the text may be the `time` of a CloudEvent: a date and time of RFC 3339 with its offset. RFC 3339 also allows
 * leap seconds and more than nine digits of a second; few readers accept those, so they are not taken.
 */
export function isTimestamp(text: string): boolean {
  if (!dateTime.test(text)) {
    return false;
  }
  return Number(text.slice(8, 10)) <= commonDays || isDate(text.slice(0, 10));
}

/** For a day that the month does not have, Date gives another day or none. */
function isDate(date: string): boolean {
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}
