const dateTime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:(?:0\d|1[0-7]):[0-5]\d|18:00))$/;

/** Every month has these days, so most events need no Date: this runs for each event. */
const commonDays = 28;

/**
 * Whether the text may be the `time` of a CloudEvent: a date and time of RFC 3339 with its offset. RFC 3339 also allows
 * leap seconds, more than nine digits of a second and offsets of more than 18 hours. Java's OffsetDateTime, and so the
 * Java SDK of CloudEvents, throws on those and never gets past the record. They are not taken.
 */
export function isTimestamp(text: string): boolean {
  if (!dateTime.test(text)) {
    return false;
  }
  const day = Number(text.slice(8, 10));
  return day <= commonDays || day <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

function daysInMonth(year: number, month: number): number {
  const day = new Date(0);
  // Date.UTC takes years below 100 as years of the 20th century.
  day.setUTCFullYear(year, month, 0);
  return day.getUTCDate();
}
