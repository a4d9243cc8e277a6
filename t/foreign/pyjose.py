#!/usr/bin/python3
"""python3-jwcrypto on a command line, for jose.t.

sign KEY ALG < payload; verify KEY ALG < token; thumbprint KEY;
encrypt PWFILE ALG ENC < data; decrypt PWFILE < jwe
"""
import sys
from jwcrypto import jwk, jws, jwe
from jwcrypto.common import json_encode


def key(path):
    with open(path) as f:
        return jwk.JWK.from_json(f.read())


def password(path):
    with open(path) as f:
        return jwk.JWK.from_password(f.read().rstrip())


verb, args = sys.argv[1], sys.argv[2:]
if verb == 'thumbprint':
    out = key(args[0]).thumbprint()
elif verb == 'sign':
    t = jws.JWS(sys.stdin.buffer.read())
    t.add_signature(key(args[0]), None, json_encode({'alg': args[1]}), None)
    out = t.serialize(compact=True)
elif verb == 'verify':
    t = jws.JWS()
    t.allowed_algs = [args[1]]
    t.deserialize(sys.stdin.read())
    t.verify(key(args[0]))
    out = t.payload.decode()
elif verb == 'encrypt':
    t = jwe.JWE(sys.stdin.buffer.read(), json_encode(
        {'alg': args[1], 'enc': args[2], 'cty': 'text/plain'}),
        algs=[args[1], args[2]])
    t.add_recipient(password(args[0]))
    out = t.serialize(compact=True)
elif verb == 'decrypt':
    t = jwe.JWE(algs=['PBES2-HS256+A128KW', 'A256GCM'])
    # jwcrypto refuses large iteration counts unless told otherwise
    jwe.default_max_pbkdf2_iterations = 1000000
    from jwcrypto import jwa
    jwa.default_max_pbkdf2_iterations = 1000000
    t.deserialize(sys.stdin.read(), password(args[0]))
    out = t.payload.decode()
else:
    sys.exit(2)
sys.stdout.write(out)
