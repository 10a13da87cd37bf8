#!/usr/bin/env python3
"""Verifies receipts as docs/receipts.md describes them. Shares no code with the service.
verify_receipt.py KEY FILE...     KEY is NAME+HASH+KEY. Exit code 0: all are good. 1: one was refused."""
import base64
import hashlib
import json
import sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

def unbase64(text):
    raw = base64.b64decode(text, validate=True)
    assert base64.b64encode(raw).decode() == text, "base64 with a second spelling"
    return raw

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def read_key(text):
    name, key_hash, key = text.split("+", 2)
    raw = unbase64(key)
    assert raw[0] == 1 and sha256(name.encode(), b"\n", raw)[:4].hex() == key_hash, "no Ed25519 key"
    return name, bytes.fromhex(key_hash), Ed25519PublicKey.from_public_bytes(raw[1:])

def open_note(note, key):  # the text of a note that has one signature, by this key
    name, key_hash, public = key
    text, signature = note.rsplit("\n\n", 1)
    text += "\n"
    dash, signer, last = signature.split(" ")
    raw = unbase64(last.removesuffix("\n"))
    assert (dash, signer, raw[:4]) == ("\u2014", name, key_hash), "signed by another key"
    assert signature.endswith("\n") and all(c >= " " or c == "\n" for c in text), "no signed note"
    public.verify(raw[4:], text.encode())
    return text

def root_of(leaf, index, size, path):  # RFC 9162, section 2.1.3.2
    assert 0 <= index < size, "no such leaf"
    node, last, root = index, size - 1, leaf
    for part in path:
        assert last > 0, "the proof is too long"
        if node & 1 or node == last:
            root = sha256(b"\x01", part, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\x01", root, part)
        node, last = node >> 1, last >> 1
    assert last == 0, "the proof is too short"
    return root

def commitments(value):  # every {"commitment", "record_id"} in an entry
    if isinstance(value, dict) and set(value) == {"commitment", "record_id"}:
        yield value["record_id"], value["commitment"]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from commitments(item)

def verify(receipt, key):
    lines = open_note(receipt, key).split("\n")
    assert lines[0] == "ombord-receipt/1", "another format"
    body = json.loads(lines[-2])
    origin, size, root, end = open_note(body["checkpoint"], key).split("\n")
    entry = json.loads(body["entry"])
    assert end == "" and origin == f"{key[0]}/{entry['ledger_id']}", "another ledger"
    path, leaf = [unbase64(part) for part in body["inclusion"]], sha256(b"\x00", body["entry"].encode())
    assert root_of(leaf, entry["revision"] - 1, int(size), path) == unbase64(root), "not in the ledger"
    assert entry["event"]["type"] == "ACCEPTANCE_RECORDED", "no acceptance"
    bound = dict(commitments(entry["event"]))
    for one in body["private"]:
        made = sha256(b"ombord/commitment/v1\0", unbase64(one["salt"]), one["body"].encode())
        assert bound[one["record_id"]] == made.hex(), "other personal data"

key, refused = read_key(sys.argv[1]), 0
for name in sys.argv[2:]:
    try:
        verify(open(name, "rb").read().decode(), key)
        print("GOOD", name)
    except Exception as error:  # whatever is wrong, it is refused
        print("REFUSED", name, type(error).__name__, error)
        refused = 1
sys.exit(refused)
