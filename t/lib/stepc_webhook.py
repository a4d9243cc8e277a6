"""A webhook server over HTTPS that does what its path says, checks the
signature of each request by itself and remembers all of them."""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time


class Hooks:
    """secrets: by webhook id, base64; data: what /data/NAME answers."""

    def __init__(self, port, chain, key, client_ca=None, secrets=None,
                 data=None):
        self.secrets = secrets or {}
        self.data = data or {}
        self.seen = []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        if client_ca is not None:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                hooks.answer(self)

            do_GET = do_POST

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # those who do not trust us

            def finish_request(self, request, address):
                # In the thread of the connection, not of all.
                with context.wrap_socket(request, server_side=True) as s:
                    super().finish_request(s, address)

        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self):
        """What was asked since the last time."""
        with self.lock:
            seen, self.seen = self.seen, []
        return seen

    # --- one request ------------------------------------------------------

    def record(self, h, text):
        secret = base64.b64decode(
            self.secrets.get(h.headers["X-Smallstep-Webhook-ID"], ""))
        mac = hmac.new(secret, text, hashlib.sha256).hexdigest()
        peer = h.connection.getpeercert() or {}
        r = {"path": h.path, "method": h.command, "headers": h.headers,
             "at": time.monotonic(), "body": json.loads(text),
             "text": text, "signed": hmac.compare_digest(
                 mac, h.headers.get("X-Smallstep-Signature", "")),
             "peer": [v for rdn in peer.get("subject", ())
                      for k, v in rdn if k == "commonName"]}
        with self.lock:
            self.seen.append(r)
            return sum(1 for s in self.seen if s["path"] == h.path)

    def reply(self, h, status, text, **headers):
        if not isinstance(text, (str, bytes)):
            text = json.dumps(text)
        if isinstance(text, str):
            text = text.encode()
        h.send_response(status)
        for name, value in headers.items():
            h.send_header(name, value)
        h.send_header("Content-Length", str(len(text)))
        h.end_headers()
        h.wfile.write(text)

    def answer(self, h):
        n = int(h.headers.get("Content-Length", "0"))
        count = self.record(h, h.rfile.read(n))
        what = h.path.split("?")[0].split("/")[1:]
        fn = getattr(self, "do_" + what[0].replace("-", "_"), None)
        if fn is None:
            self.reply(h, 404, "no such thing")
        else:
            fn(h, what[1:], count)

    # --- what a path does -------------------------------------------------

    def do_allow(self, h, rest, count):
        self.reply(h, 200, {"allow": True})

    def do_data(self, h, rest, count):
        self.reply(h, 200, {"allow": True, "data": self.data[rest[0]],
                            "unknown": 1})

    def do_deny(self, h, rest, count):
        self.reply(h, 200, {"allow": False, "data": {"a": 1}})

    def do_why(self, h, rest, count):
        self.reply(h, 200, {"allow": False, "error": {
            "code": "outOfStock", "message": "none of\nthose left"}})

    def do_flaky(self, h, rest, count):
        if count == 1:
            self.reply(h, 503, "later")
        else:
            self.reply(h, 200, {"allow": True, "data": {"asked": count}})

    def do_cut(self, h, rest, count):
        """Ends the connection without an answer, the first time."""
        if count == 1:
            h.close_connection = True
        else:
            self.reply(h, 200, {"allow": True, "data": {"asked": count}})

    def do_status(self, h, rest, count):
        self.reply(h, int(rest[0]), {"allow": True}, Location="/allow")

    def do_hang(self, h, rest, count):
        self.ended.wait()

    def do_drip(self, h, rest, count):
        """A byte each half second: an answer without end."""
        h.send_response(200)
        h.end_headers()
        while not self.ended.wait(0.5):
            h.wfile.write(b" ")
            h.wfile.flush()

    def do_slow(self, h, rest, count):
        """Good, but after as many seconds."""
        self.ended.wait(float(rest[0]))
        self.reply(h, 200, {"allow": True})

    def do_text(self, h, rest, count):
        self.reply(h, 200, self.data[rest[0]])

    def do_large(self, h, rest, count):
        """An answer of exactly as many bytes."""
        text = json.dumps({"allow": True, "data": ""})
        self.reply(h, 200, text.replace(
            '""', '"%s"' % ("x" * (int(rest[0]) - len(text)))))
