// Chapter 2: an address is a number, and some ports have names.
import { integerToIpv4, ipv4ToInteger, wellKnownPort } from "@socketlab/core";

for (const address of ["127.0.0.1", "127.0.0.2", "10.0.0.1", "255.255.255.255"]) {
  const integer = ipv4ToInteger(address);
  const bits = integer.toString(2).padStart(32, "0");
  console.log(address.padEnd(15), String(integer).padStart(10), bits, integerToIpv4(integer));
}

for (const port of [7, 22, 53, 80, 443, 7007]) {
  console.log(
    `port ${port}: tcp ${wellKnownPort(port, "tcp") ?? "-"}, udp ${wellKnownPort(port, "udp") ?? "-"}`,
  );
}
