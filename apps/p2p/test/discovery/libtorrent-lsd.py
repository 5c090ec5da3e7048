# A libtorrent that looks for a torrent on the local network alone: address to listen at, info-hash, folder.
import sys
import time
import libtorrent

host, info_hash, folder = sys.argv[1:]
session = libtorrent.session({
    "listen_interfaces": host + ":0",
    "enable_dht": False,
    "enable_lsd": True,
    "enable_upnp": False,
    "enable_natpmp": False,
})
torrent = libtorrent.parse_magnet_uri("magnet:?xt=urn:btih:" + info_hash)
torrent.save_path = folder
torrent.flags &= ~(libtorrent.torrent_flags.auto_managed | libtorrent.torrent_flags.paused)
session.add_torrent(torrent)
time.sleep(60)
