# A BitTorrent client on libtorrent for the tests: one torrent, over TCP, until SIGTERM. Knows no test.
import json
import signal
import sys
import time

import libtorrent

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
place = json.loads(sys.argv[1])
session = libtorrent.session({
    "listen_interfaces": place["listen"],
    "outgoing_interfaces": place["ip"],
    "enable_dht": place["dht"] is not None,
    "dht_bootstrap_nodes": place["dht"] or "",
    # Several nodes on one machine, as a test has them.
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "enable_lsd": place["lsd"],
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "allow_multiple_connections_per_ip": True,
    "upload_rate_limit": place["upload"],
    "download_rate_limit": place["download"],
})

# Local addresses are a class of their own that knows no limit. Here they stand for the world.
everyone = libtorrent.ip_filter()
everyone.add_rule("0.0.0.0", "255.255.255.255", 1 << libtorrent.session.global_peer_class_id)
session.set_peer_class_filter(everyone)

if place["magnet"] is None:
    torrent = libtorrent.add_torrent_params()
    torrent.ti = libtorrent.torrent_info(place["torrent"])
else:
    torrent = libtorrent.parse_magnet_uri(place["magnet"])
torrent.save_path = place["folder"]
torrent.flags &= ~libtorrent.torrent_flags.paused
handle = session.add_torrent(torrent)

# In the DHT it would wait for minutes.
while signal.sigtimedwait([signal.SIGTERM], 1) is None:
    if place["dht"] is not None:
        handle.force_dht_announce()
session.remove_torrent(handle)
time.sleep(1)
