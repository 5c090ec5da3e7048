// Well-known ports: which service IANA names a port for. Knows nothing of who really listens there.

/** The transport beneath: TLS and WebSocket run over TCP. */
export type PortTransport = "tcp" | "udp";

/** Port, service name, and the transports over which the service is met in practice. */
type Row = readonly [port: number, name: string, on: PortTransport | "both"];

/**
 * Names as in IANA's Service Name and Transport Protocol Port Number Registry (RFC 6335), but for the last two.
 * Not the whole registry: what one meets on the Internet and in this course.
 */
const rows: readonly Row[] = [
  [7, "echo", "both"],
  [9, "discard", "both"],
  [11, "systat", "both"],
  [13, "daytime", "both"],
  [17, "qotd", "both"],
  [19, "chargen", "both"],
  [20, "ftp-data", "tcp"],
  [21, "ftp", "tcp"],
  [22, "ssh", "tcp"],
  [23, "telnet", "tcp"],
  [25, "smtp", "tcp"],
  [37, "time", "both"],
  [43, "nicname", "tcp"],
  [49, "tacacs", "tcp"],
  [53, "domain", "both"],
  [67, "bootps", "udp"],
  [68, "bootpc", "udp"],
  [69, "tftp", "udp"],
  [70, "gopher", "tcp"],
  [79, "finger", "tcp"],
  [80, "http", "tcp"],
  [88, "kerberos", "both"],
  [110, "pop3", "tcp"],
  [111, "sunrpc", "both"],
  [119, "nntp", "tcp"],
  [123, "ntp", "udp"],
  [137, "netbios-ns", "udp"],
  [138, "netbios-dgm", "udp"],
  [139, "netbios-ssn", "tcp"],
  [143, "imap", "tcp"],
  [161, "snmp", "udp"],
  [162, "snmptrap", "udp"],
  [179, "bgp", "tcp"],
  [194, "irc", "tcp"],
  [389, "ldap", "both"],
  [443, "https", "both"],
  [445, "microsoft-ds", "tcp"],
  [464, "kpasswd", "both"],
  [465, "submissions", "tcp"],
  [500, "isakmp", "udp"],
  [514, "shell", "tcp"],
  [514, "syslog", "udp"],
  [515, "printer", "tcp"],
  [520, "router", "udp"],
  [546, "dhcpv6-client", "udp"],
  [547, "dhcpv6-server", "udp"],
  [554, "rtsp", "tcp"],
  [587, "submission", "tcp"],
  [631, "ipp", "both"],
  [636, "ldaps", "tcp"],
  [853, "domain-s", "both"],
  [873, "rsync", "tcp"],
  [990, "ftps", "tcp"],
  [993, "imaps", "tcp"],
  [995, "pop3s", "tcp"],
  [1080, "socks", "tcp"],
  [1194, "openvpn", "both"],
  [1434, "ms-sql-m", "udp"],
  [1812, "radius", "udp"],
  [1813, "radius-acct", "udp"],
  [1883, "mqtt", "tcp"],
  [1900, "ssdp", "udp"],
  [2049, "nfs", "both"],
  [3306, "mysql", "tcp"],
  [3389, "ms-wbt-server", "both"],
  [3478, "stun", "both"],
  [3702, "ws-discovery", "udp"],
  [5060, "sip", "both"],
  [5222, "xmpp-client", "tcp"],
  [5269, "xmpp-server", "tcp"],
  [5349, "stuns", "tcp"],
  [5353, "mdns", "udp"],
  [5355, "llmnr", "udp"],
  [5432, "postgresql", "tcp"],
  [5672, "amqp", "tcp"],
  [5683, "coap", "udp"],
  [6379, "redis", "tcp"],
  [8080, "http-alt", "tcp"],
  [8883, "secure-mqtt", "tcp"],
  [9418, "git", "tcp"],
  [11211, "memcache", "both"],
  [27017, "mongodb", "tcp"],
  // By custom only: BEP 3 names 6881 to try first; trackers have chosen 6969, which IANA gives to another service.
  [6881, "bittorrent", "both"],
  [6969, "bittorrent-tracker", "both"],
];

function index(transport: PortTransport): { names: Map<number, string>; ports: Map<string, number> } {
  const here = rows.filter(([, , on]) => on === transport || on === "both");
  return {
    names: new Map(here.map(([port, name]) => [port, name])),
    ports: new Map(here.map(([port, name]) => [name, port])),
  };
}
const services = { tcp: index("tcp"), udp: index("udp") };

/** The name of the service that a port is well known for, such as "echo" for 7; undefined if it is for none in the table. */
export function wellKnownPort(port: number, transport: PortTransport): string | undefined {
  return services[transport].names.get(port);
}

/** The port of a service by its name, in any case of letters (RFC 6335, 5.1); undefined if the table has no such name. */
export function portByName(name: string, transport: PortTransport): number | undefined {
  return services[transport].ports.get(name.toLowerCase());
}
