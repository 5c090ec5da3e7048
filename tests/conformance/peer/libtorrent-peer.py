# libtorrent as a peer to be checked: TORRENT FOLDER PORT. It has no encryption and no uTP, and stays until it is stopped.
import signal
import sys
import time

import libtorrent as lt

torrent, folder, port = sys.argv[1:]
session = lt.session(
    {
        "listen_interfaces": f"127.0.0.1:{port}",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_incoming_utp": False,
        "enable_outgoing_utp": False,
        "in_enc_policy": int(lt.enc_policy.pe_disabled),
        "out_enc_policy": int(lt.enc_policy.pe_disabled),
        "allow_multiple_connections_per_ip": True,
    }
)
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
handle = session.add_torrent(params)
print("waits at", port, flush=True)


def leave(*_):
    session.pause()
    time.sleep(0.5)
    sys.exit(0)


signal.signal(signal.SIGTERM, leave)
while True:
    time.sleep(0.1)
