"""Masks in the answers of grpcurl-story what differs from run to run: ids, times, tokens, salted digests.

Revisions stay: on an empty ledger the same story gives the same ones. Lists in no promised order are sorted.
"""

import json
import re
import sys

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MASKED = {"etag", "nextPageToken", "leafHash", "requestId"}
UNORDERED = {"senders"}


def text(value):
    return TIME.sub("<time>", UUID.sub("<id>", value))


def mask(value, key=""):
    if isinstance(value, dict):
        return {text(k): mask(v, k) for k, v in value.items()}
    if isinstance(value, list):
        items = [mask(v, key) for v in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if key in UNORDERED else items
    if not isinstance(value, str) or not value:
        return value
    if key == "canonicalJson":
        return mask(json.loads(value))
    if key in MASKED or "commitment" in key:
        return f"<{key}>"
    return text(value)


for line in sys.stdin:
    entry = json.loads(line)
    print("#", entry["what"])
    print(json.dumps(mask(entry["answer"]), ensure_ascii=False, indent=1, sort_keys=True))
