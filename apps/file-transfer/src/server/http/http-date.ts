// The dates of HTTP (RFC 9110 §5.6.7): whole seconds, always GMT. Knows no clock.

const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850 = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** In the one form that may be written. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Any of the three forms that must be understood, as milliseconds since 1970; undefined if it is none. */
export function parseHttpDate(text: string): number | undefined {
  const isKnown = imfFixdate.test(text) || rfc850.test(text);
  // asctime's form names no time zone, and means GMT all the same.
  const ms = isKnown ? Date.parse(text) : asctime.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
