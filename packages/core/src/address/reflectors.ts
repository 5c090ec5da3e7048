// The UDP source ports that an answering server must not answer. Knows the hazard, not the server.

/**
 * Services that answer whatever datagram comes, well-formed or not: with an echo server they make a loop that never ends.
 * One datagram with a forged source starts it. (CERT advisory CA-1996-01; RFC 862, 864, 865, 866, 867, 868)
 */
const answerAnything: readonly number[] = [7, 11, 13, 17, 19, 37];

/**
 * Services that answer what they can parse, or answer with an error. An attacker who forges such a source has our
 * server carry a request of his choice to that service, from our address, or has the two trade errors.
 * (US-CERT alert TA14-017A, UDP-Based Amplification Attacks, lists the best known)
 */
const answerRequests: readonly number[] = [
  53, 67, 69, 88, 111, 123, 137, 138, 161, 389, 443, 464, 500, 520, 547, 631, 853, 1194, 1434, 1812, 1813,
  1900, 2049, 3389, 3478, 3702, 5060, 5353, 5355, 5683, 6881, 6969, 11211,
];

const reflectorPorts: ReadonlySet<number> = new Set([...answerAnything, ...answerRequests]);

/**
 * Whether a datagram with this source port comes, or pretends to come, from a well-known UDP service that answers
 * datagrams: a *reflector*. A server that answers every datagram (RFC 862 echo) drops these; a client has no reason
 * to send from there, since operating systems pick its port from a higher range (RFC 6335, 6: from 49152 up).
 *
 * Does not cover another echo server on a port of its own: refuse the server's own port as a source too, and limit
 * the rate per source.
 */
export function isUdpReflectorPort(port: number): boolean {
  return reflectorPorts.has(port);
}
