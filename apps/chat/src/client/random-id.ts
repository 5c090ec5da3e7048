// Words that nobody guesses and nobody else makes: ids of messages, keys of clients. Knows not what they are for.

/** 128 bits of the platform's cryptographic random numbers, as 32 hexadecimal digits. (`randomUUID` is only for secure contexts.) */
export function randomId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
