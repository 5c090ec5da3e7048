# A BitTorrent client on libtorrent, for the benchmark: one torrent, its own defaults, TCP only. It prints "complete" when it
# has all, and goes on seeding until SIGTERM. Knows nothing of who measures it.
import json
import signal
import sys

import libtorrent

place = json.loads(sys.argv[1])
session = libtorrent.session({
    "listen_interfaces": f"{place['host']}:{place['port']}",
    "outgoing_interfaces": place["host"],
    "alert_mask": libtorrent.alert.category_t.status_notification | libtorrent.alert.category_t.error_notification,
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    # As the other clients: the kernel counts what goes over TCP.
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "upload_rate_limit": place["upload"],
    "download_rate_limit": place["download"],
})

# Local addresses are a class of their own that knows no limit and is never choked. Here they stand for the world.
everyone = libtorrent.ip_filter()
everyone.add_rule("0.0.0.0", "255.255.255.255", 1 << libtorrent.session.global_peer_class_id)
session.set_peer_class_filter(everyone)

torrent = libtorrent.add_torrent_params()
torrent.ti = libtorrent.torrent_info(place["torrent"])
torrent.save_path = place["folder"]
torrent.flags &= ~libtorrent.torrent_flags.paused
session.add_torrent(torrent)

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    session.wait_for_alert(200)
    for alert in session.pop_alerts():
        if isinstance(alert, libtorrent.torrent_finished_alert):
            print("complete", flush=True)
        elif isinstance(alert, (libtorrent.listen_failed_alert, libtorrent.torrent_error_alert, libtorrent.file_error_alert)):
            sys.exit(str(alert))
