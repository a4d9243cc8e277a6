"""Two answers side by side: certificates taken apart into their fields, by
readers of their own, and what may differ."""

import base64
import json
import re
import time

from cryptography import x509


# --- X.509 ---------------------------------------------------------------

def tlv(data):
    """[(tag, contents, whole)] of DER, definite lengths only."""
    out = []
    while data:
        n, at = data[1], 2
        if n & 0x80:
            at = 2 + (n & 0x7f)
            n = int.from_bytes(data[2:at], "big")
        if len(data) < at + n:
            raise ValueError("truncated DER")
        out.append((data[0], data[at:at + n], data[:at + n]))
        data = data[at + n:]
    return out


def oid(contents):
    return x509.ObjectIdentifier(".".join(map(str, arcs(contents)))) \
        .dotted_string


def arcs(contents):
    numbers, n = [], 0
    for b in contents:
        n = n << 7 | b & 0x7f
        if not b & 0x80:
            numbers.append(n)
            n = 0
    first = min(numbers[0] // 40, 2)
    return [first, numbers[0] - 40 * first] + numbers[1:]


def der(pem):
    body = re.search("-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.S)
    return base64.b64decode(body.group(1))


def x509_fields(pem, asked):
    """Everything but serial number, times and signature as it is encoded;
    of those, what can be compared. asked is the time of the request."""
    (_, cert, _), = tlv(der(pem))
    tbs, algorithm, signature = tlv(cert)
    version, serial, inner, issuer, validity, subject, key, *rest = \
        tlv(tbs[1])
    start, end = [seconds(t) for t in tlv(validity[1])]
    f = {"version": version[2].hex(), "algorithm": inner[2].hex(),
         "outer algorithm": algorithm[2].hex(), "issuer": issuer[2].hex(),
         "subject": subject[2].hex(), "key": key[2].hex(),
         "serial": "positive, 9 to 17 octets"
         if 9 <= len(serial[1]) <= 17 and serial[1][0] < 0x80 else
         serial[1].hex(),
         "times": "/".join("%02x" % t[0] for t in tlv(validity[1])),
         "starts": near(start - asked), "lasts": end - start,
         "signature unused bits": signature[1][0],
         "after the key": [hex(r[0]) for r in rest]}
    order = []
    for _, extension, _ in tlv(tlv(rest[0][1])[0][1]):
        parts = tlv(extension)
        name = oid(parts[0][1])
        order.append(name)
        f["extension " + name] = [p[2].hex() for p in parts[1:]]
    f["order of extensions"] = order
    return f


def seconds(t):
    form = "%y%m%d%H%M%SZ" if t[0] == 0x17 else "%Y%m%d%H%M%SZ"
    return calendar_seconds(t[1].decode(), form)


def calendar_seconds(text, form):
    import calendar
    return calendar.timegm(time.strptime(text, form))


def near(difference):
    """Seconds from the request: whole minutes, but for what a busy machine
    adds, and the second that both began in."""
    whole = 60 * ((int(difference) + 2) // 60)
    return whole if difference - whole <= 20 else difference


# --- SSH -----------------------------------------------------------------

KEY_FIELDS = {"ssh-rsa": 2, "ssh-ed25519": 1, "ecdsa-sha2-nistp256": 2,
              "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 2}


class Wire:
    def __init__(self, data):
        self.data = data

    def take(self, n):
        if len(self.data) < n:
            raise ValueError("truncated")
        head, self.data = self.data[:n], self.data[n:]
        return head

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def string(self):
        return self.take(self.number(4))

    def strings(self):
        out = []
        while self.data:
            out.append(self.string().decode())
        return out


def ssh_fields(crt, asked):
    """Every field of a certificate (PROTOCOL.certkeys), base64."""
    w = Wire(base64.b64decode(crt))
    kind = w.string().decode()
    nonce = w.string()
    key = [w.string().hex() for _ in range(
        KEY_FIELDS[kind.replace("-cert-v01@openssh.com", "")])]
    serial, what = w.number(8), w.number(4)
    f = {"kind": kind, "nonce": len(nonce), "key": key,
         "serial": "not 0" if serial else "0", "type": what,
         "key id": w.string().decode(),
         "principals": Wire(w.string()).strings()}
    start, end = w.number(8), w.number(8)
    f["starts"], f["lasts"] = near(start - asked), end - start
    f["critical options"] = Wire(w.string()).strings()
    f["extensions"] = Wire(w.string()).strings()
    f["reserved"] = w.string().hex()
    f["signed by"] = w.string().hex()
    f["signature"] = Wire(w.string()).string().decode()
    f["left over"] = w.data.hex()
    return f


# --- answers -------------------------------------------------------------

def members(value, name=""):
    """A JSON value as {path: leaf}; empty lists and objects are leaves."""
    if isinstance(value, dict) and value:
        parts = ((name + "." + k if name else k, v)
                 for k, v in value.items())
    elif isinstance(value, list) and value:
        parts = (("%s[%d]" % (name, i), v) for i, v in enumerate(value))
    else:
        return {name: value}
    out = {}
    for k, v in parts:
        out.update(members(v, k))
    return out


SAME = ((r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000 UTC)", "TIME"),
        (r"\b\d{9,}\b", "NUMBER"))


def plain(value):
    """Without what no two runs have alike."""
    if isinstance(value, str):
        for pattern, word in SAME:
            value = re.sub(pattern, word, value)
    return value


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def like(pattern, value):
    """A * stands for anything."""
    return re.fullmatch(re.escape(pattern).replace("\\*", ".*"), value, re.S)


class Differences:
    """Those that are known, from a file: members that differ, how, why, and
    in which cases. Each has to occur."""

    def __init__(self, path):
        with open(path) as f:
            self.known = json.load(f)
        self.seen = set()

    def between(self, case, ours, theirs):
        """What differs and is not known, ready for the file. Where the
        statuses differ, there is nothing else to compare."""
        new = []
        compared = sorted(set(ours) | set(theirs))
        if ours["status"] != theirs["status"]:
            compared = ["status"]
        for member in compared:
            a = text(plain(ours.get(member, "(absent)")))
            b = text(plain(theirs.get(member, "(absent)")))
            if a != b and not self.listed(case, member, a, b):
                new.append({"member": member, "ours": a, "theirs": b,
                            "why": "", "cases": [case]})
        return new

    def listed(self, case, member, ours, theirs):
        hit = False
        for d in self.known:
            if d["member"] == member and like(d["ours"], ours) and \
                    like(d["theirs"], theirs):
                for pattern in d["cases"]:
                    if like(pattern, case):
                        self.seen.add((id(d), pattern))
                        hit = True
        return hit

    def unseen(self):
        """(difference, case) of what is listed and has not occurred."""
        return [(d, c) for d in self.known for c in d["cases"]
                if (id(d), c) not in self.seen]
