# SPDX-License-Identifier: Apache-2.0
"""What a source costs that looks for the newest of 1,000,000 objects of an S3 bucket.

To put so many into a real server would take too long. This one speaks ListObjectsV2 about keys that
it makes up, in the order of their bytes, as S3 does."""

import base64
import bisect
import re
import time
import urllib.parse
from pathlib import Path

from services.documents import Documents
from services.exporter import Metrics, program
from services.s3 import S3
from services.support import wait_until

from measure import AT_MOST, MIB, start_exporter

KEYS = 1_000_000
STEP_SECONDS = 63  # Two years, and more than a page of 1,000 a day.
NEWEST_AGE_SECONDS = 60
PAGE_KEYS_MAX = 1000

# Each looks at a bucket of its own, so that its requests can be told apart.
SOURCES = {
    "scheduled": {"prefix": "dumps/%Y/%m/%d/", "schedule": "6h"},
    "dated": {"prefix": "dumps/%Y/%m/%d/"},
    "whole": {"prefix": "dumps/"},
}


class Bucket:
    """A dump each minute or so until just now, or nothing at all."""

    def __init__(self, count, now):
        self.numbers = range(count)
        self.first = int(now) - NEWEST_AGE_SECONDS - (count - 1) * STEP_SECONDS

    def time(self, number):
        return time.gmtime(self.first + number * STEP_SECONDS)

    def key(self, number):
        return time.strftime("dumps/%Y/%m/%d/%H%M%S.dump", self.time(number))

    def list(self, query):
        """The numbers of a page, and the token of the next page or None."""
        prefix = query["prefix"]
        behind = prefix[:-1] + chr(ord(prefix[-1]) + 1)  # The first key that is not below it.
        token = query.get("continuation-token")
        after = base64.b64decode(token).decode() if token else query.get("start-after", "")
        begin = max(bisect.bisect_left(self.numbers, prefix, key=self.key),
                    bisect.bisect_right(self.numbers, after, key=self.key))
        end = bisect.bisect_left(self.numbers, behind, key=self.key)
        size = min(PAGE_KEYS_MAX, int(query.get("max-keys", PAGE_KEYS_MAX)))
        page = self.numbers[begin:min(begin + size, end)]
        more = begin + size < end
        return page, base64.b64encode(self.key(page[-1]).encode()).decode() if more else None

    def answer(self, handler):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(handler.path).query))
        numbers, token = self.list(query)
        keys = [self.key(number) for number in numbers]
        assert query["list-type"] == "2" and keys == sorted(keys), query
        contents = "".join(
            f"<Contents><Key>{urllib.parse.quote(key)}</Key><LastModified>"
            f"{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', self.time(number))}</LastModified>"
            '<ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag><Size>1048576</Size>'
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for number, key in zip(numbers, keys))
        following = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
        handler.answer(200, (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<KeyCount>{len(keys)}</KeyCount><MaxKeys>1000</MaxKeys>"
            f"<EncodingType>url</EncodingType>{following}"
            f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>{contents}"
            "</ListBucketResult>").encode(), {"Content-Type": "application/xml"})


class Store:
    """A server with a bucket of `count` objects for each source."""

    def __init__(self, count, now):
        self.bucket = Bucket(count, now)
        self.server = Documents({path: self.bucket.answer for path in
                                 ["/peer", *(f"/{name}/" for name in SOURCES)]})

    def requests(self, name):
        return sum(path.startswith(f"/{name}/") for path, _ in self.server.requests)

    def plan(self, directory):
        secret = Path(directory) / "s3-secret"
        secret.write_text("secret")
        access = {"endpoint": self.server.url(""), "access_key_id": "bench",
                  "secret_access_key_file": str(secret)}
        return {"tiers": [{"name": "0", "rpo": {"corruption": "1h"}}],
                "services": [{"name": name, "tier": "0", "datasets": [name]} for name in SOURCES],
                "sources": [{"name": name, "collector": "backup", "dataset": name,
                             "format": "objects", "name_time": "%Y/%m/%d/%H%M%S",
                             "interval": "1h", "timeout": "2m", "bucket": name,
                             **access, **settings}
                            for name, settings in SOURCES.items()]}

    def list_all(self):
        """As whoever does not use dates would: (keys, seconds)."""
        client = S3(self.server.url(""), "bench", "secret")
        query = {"list-type": "2", "prefix": "dumps/"}
        keys, start = 0, time.monotonic()
        while True:
            text = client.ask("GET", "peer", query=query).text
            keys += text.count("<Key>")
            token = re.search("<NextContinuationToken>(.*)</Next", text)
            if not token:
                return keys, time.monotonic() - start
            query["continuation-token"] = token[1]


def look(directory, store, name):
    """An exporter that has looked at all buckets once: its metrics and its peak memory."""
    exporter, _ = start_exporter(directory, store.plan(directory), name, program())
    try:
        wait_until(lambda: len(Metrics(exporter.get().text).find(
            "dr_source_last_collection_duration_seconds")) == len(SOURCES), 120,
            "all buckets to be looked at", every=0.2)
        return Metrics(exporter.get().text), exporter.peak_bytes()
    finally:
        exporter.stop()


def check(full, empty):
    """Costs of wrong answers would be worth nothing."""
    for name in ("scheduled", "dated"):
        age = full.value("dr_recovery_point_age_seconds", source=name)
        if age is None or not NEWEST_AGE_SECONDS <= age < NEWEST_AGE_SECONDS + 60:
            raise RuntimeError(f"{name}: the newest is said to be {age} seconds old")
    if full.value("dr_source_failures_total", source="whole", reason="inconsistent") != 1 or \
            full.value("dr_recovery_point_age_seconds", source="whole") is not None:
        raise RuntimeError("a list that was not read to its end was believed")
    if sum(empty.value("dr_source_up", source=name) for name in SOURCES) != len(SOURCES):
        raise RuntimeError("the empty buckets were not looked at")


def measure_objects(table, directory):
    now = time.time()
    full, empty = Store(KEYS, now), Store(0, now)
    try:
        metrics, peak = look(directory, full, "objects")
        empty_metrics, empty_peak = look(directory, empty, "no-objects")
        check(metrics, empty_metrics)
        keys, peer_seconds = full.list_all()
    finally:
        full.server.stop()
        empty.server.stop()
    if keys != KEYS:
        raise RuntimeError(f"a plain list has {keys} keys")
    seconds = {name: metrics.value("dr_source_last_collection_duration_seconds", source=name)
               for name in SOURCES}
    what = f"newest of {KEYS:,} objects"
    table.add(f"{what}, date in the prefix: pages listed", full.requests("dated"), 3,
              relation=AT_MOST)
    table.add(f"{what}, schedule told, too: pages listed", full.requests("scheduled"), 3,
              relation=AT_MOST)
    table.add(f"{what}, date in the prefix: collection", seconds["dated"] * 1000, unit=" ms")
    table.add("a plain list of all of them: times longer", peer_seconds / seconds["dated"])
    table.add(f"{what}, no date: pages until it is inconsistent", full.requests("whole"), 200,
              relation=AT_MOST)
    table.add(f"{what}, no date: collection", seconds["whole"], unit=" s")
    table.add("the three sources: memory beyond that for empty buckets",
              (peak - empty_peak) / MIB, 16, unit=" MiB")
