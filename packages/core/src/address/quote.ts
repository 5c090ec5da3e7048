// How a text that someone gave us stands in an error message. Knows nothing of what the text means.

/** Longer than any sound endpoint is in practice, short enough for one line of a log. */
const maxQuotedCharacters = 120;

/** The text in double quotes, control characters escaped (nobody forges a line of our log) and a long one cut off. */
export function quote(text: string): string {
  return text.length <= maxQuotedCharacters
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, maxQuotedCharacters))}… (${text.length} characters)`;
}
