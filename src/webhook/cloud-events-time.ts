import { isDigit } from './json-bytes.ts';

/**
 * Whether the text is a valid `time` of a CloudEvent: an RFC 3339 date and time with an offset. Leap seconds, more
 * than nine fractional digits and offsets over 18 hours are rejected, although RFC 3339 allows them. Java's
 * OffsetDateTime, and thus the CloudEvents SDK for Java, throws on such times, so a consumer would never get past the
 * record.
 */
export function isTimestamp(text: string): boolean {
  return (
    text.length >= minTimestampLength &&
    text.length <= maxTimestampLength &&
    isDate(text) &&
    isTime(text) &&
    isOffset(text, endOfSeconds(text))
  );
}

const minTimestampLength = '2026-01-02T03:04:05Z'.length;
const maxTimestampLength = '2026-01-02T03:04:05.123456789+01:00'.length;
const maxFractionDigits = 9;

/** Returns NaN for invalid digits, because NaN is outside every range. */
const invalidNumber = Number.NaN;

/** Whether the text is a valid date such as `2026-01-02`. */
function isDate(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  return (
    text[4] === '-' &&
    text[7] === '-' &&
    year >= 0 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month)
  );
}

/** Whether the text after the date is a valid time such as `T03:04:05`. */
function isTime(text: string): boolean {
  return (
    (text[10] === 'T' || text[10] === 't') &&
    text[13] === ':' &&
    text[16] === ':' &&
    twoDigits(text, 11) <= 23 &&
    twoDigits(text, 14) <= 59 &&
    twoDigits(text, 17) <= 59
  );
}

/**
 * Returns the index after the seconds and their fraction. If the fraction has too few or too many digits, returns the index
 * of the point.
 */
function endOfSeconds(text: string): number {
  const fractionStart = 19;
  if (text[fractionStart] !== '.') {
    return fractionStart;
  }
  let end = fractionStart + 1;
  while (isDigit(text.charCodeAt(end))) {
    end += 1;
  }
  const digits = end - fractionStart - 1;
  return digits >= 1 && digits <= maxFractionDigits ? end : fractionStart;
}

/** Whether the rest of the text is a valid offset: `Z`, or an offset of up to 18 hours such as `+01:00`. */
function isOffset(text: string, at: number): boolean {
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') {
    return text.length === at + 1;
  }
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, at + 4);
  return (
    (sign === '+' || sign === '-') &&
    text[at + 3] === ':' &&
    text.length === at + 6 &&
    minutes <= 59 &&
    hours * 60 + minutes <= 18 * 60
  );
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + (ones - 0x30) : invalidNumber;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
