# A libtorrent that looks for a torrent through the DHT alone: address to listen at, node to begin with, info-hash, folder.
import select
import sys
import libtorrent

host, bootstrap, info_hash, folder = sys.argv[1:]
session = libtorrent.session({
    "listen_interfaces": host + ":0",
    "dht_bootstrap_nodes": bootstrap,
    "enable_dht": True,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    # Several nodes and peers with one address, as a test has them.
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "allow_multiple_connections_per_ip": True,
})
torrent = libtorrent.parse_magnet_uri("magnet:?xt=urn:btih:" + info_hash)
torrent.save_path = folder
torrent.flags &= ~(libtorrent.torrent_flags.auto_managed | libtorrent.torrent_flags.paused)
handle = session.add_torrent(torrent)
print(session.listen_port(), flush=True)
# It would wait for minutes.
while not select.select([sys.stdin], [], [], 1)[0]:
    handle.force_dht_announce()
