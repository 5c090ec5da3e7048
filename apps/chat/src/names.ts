// What a person and a room may be called, and which names are the same name. Pure: knows neither client nor server.

/** A name as it is shown, and the key by which it is told from others: look-alikes by case or width share one. */
export interface Named {
  readonly shown: string;
  readonly key: string;
}

const MAX_NAME_LENGTH = 32;
// Begins with a letter or a digit (a lone combining mark would sit on whatever stands before it); no control or
// formatting characters, so nothing that hides, reverses or recolours.
const allowed = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]*$/u;

/**
 * A person's or a room's name, in Unicode's compatibility composition (NFKC, UAX #15), which undoes width and ligatures.
 * Undefined when it cannot be one.
 */
export function parseName(text: string): Named | undefined {
  // Normalising may lengthen a text eighteenfold: not before it is short.
  if (text.length > 8 * MAX_NAME_LENGTH) return undefined;
  const shown = text.normalize("NFKC").trim().replaceAll(/ +/g, " ");
  if (Array.from(shown).length > MAX_NAME_LENGTH || !allowed.test(shown)) return undefined;
  return { shown, key: shown.toLowerCase().normalize("NFKC") };
}

/** The rule, for people. */
export const nameRule: string = `1 to ${MAX_NAME_LENGTH} letters, digits, spaces or . _ ' -, beginning with a letter or a digit`;
