const dateTime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Every month has them. */
const commonDays = 28;

/**
 * Whether a CloudEvents `time` may hold it: a date and time of RFC 3339, with its offset. Leap seconds and more than nine
 * digits of a second, which RFC 3339 allows and few readers take, do not count.
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
  // Date.UTC takes years before 100 for those of the 20th century.
  day.setUTCFullYear(year, month, 0);
  return day.getUTCDate();
}
