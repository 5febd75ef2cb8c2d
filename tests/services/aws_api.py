# SPDX-License-Identifier: Apache-2.0
"""CloudWatch, the settings of two S3 buckets, and the statistics of an Azure account.

Answers in the documented shapes, and only to requests that are signed as documented: Signature
Version 4, checked with an implementation of its own, and account SAS tokens.
"""

import base64
import calendar
import email.utils
import hashlib
import hmac
import json
import math
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler

from .documents import Server

ACCESS_KEY, SECRET = "AKIDEXAMPLE", "example-secret"
ACCOUNT, ACCOUNT_KEY = "files", base64.b64encode(b"k" * 64).decode()
SOURCE, DESTINATION = "eu-west-1", "eu-central-1"
RULE = "all"
STATS = {"ReplicationLatency": "Maximum", "BytesPendingReplication": "Maximum",
         "OperationsPendingReplication": "Maximum", "OperationsFailedReplication": "Sum"}
TARGET = "GraniteServiceVersion20100801.GetMetricData"


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def minute(seconds):
    return math.floor(seconds / 60) * 60


def sas_token(seconds=3600, permissions="r", key=ACCOUNT_KEY, version="2021-08-06"):
    """Of an account: learn.microsoft.com/rest/api/storageservices/create-account-sas"""
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    fields = {"sv": version, "ss": "b", "srt": "s", "sp": permissions, "se": end}
    return urllib.parse.urlencode({**fields, "sig": _sas_signature(fields, key)})


def _sas_signature(fields, key):
    text = "\n".join([ACCOUNT, fields["sp"], fields["ss"], fields["srt"], fields.get("st", ""),
                      fields["se"], fields.get("sip", ""), fields.get("spr", ""), fields["sv"],
                      *([""] if fields["sv"] >= "2020-12-06" else []), ""])
    return base64.b64encode(_hmac(base64.b64decode(key), text)).decode()


class Refusal(Exception):
    """An answer that is an error: status, code, message."""


class AwsApi:
    """`points` maps a metric to {start of its minute: value}; values of a longer period are made of
    those of its minutes. `faults` maps what is asked ("cloudwatch", "azure", a bucket, a metric) to
    a fault, or to a list of which each answer uses up one."""

    def __init__(self, buckets=("files", "files-dr"), regions=(SOURCE, DESTINATION),
                 access_key=ACCESS_KEY, secret=SECRET):
        self.access_key, self.secret = access_key, secret
        self.dimensions = {"SourceBucket": buckets[0], "DestinationBucket": buckets[1],
                           "RuleId": RULE}
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
        self.regions = {name: regions[name != "OperationsFailedReplication"] for name in STATS}
        self.points = {name: {} for name in STATS}
        self.faults = {}
        self.rule_status = "Enabled"
        self.versioning = {"files": "Enabled", "files-dr": "Enabled"}
        self.azure_status, self.azure_last_sync = "live", 5  # Text, or so many seconds ago.
        self.clock_offset = 0  # Of the services' clock.
        self.page_points = 100_000
        self.days_are_late = False  # Sums of days do not have the last two hours yet.
        self.asked = []  # (region, [metrics]) of each good request to CloudWatch.
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                self.respond(b"")

            def do_POST(self):  # pylint: disable=invalid-name
                self.respond(self.rfile.read(int(self.headers["Content-Length"])))

            def respond(self, body):
                try:
                    text = api.handle(self, body)
                    api.answer(self, 200, text)
                except Refusal as refusal:
                    status, code, message = refusal.args
                    text = (json.dumps({"__type": f"com.amazonaws.cloudwatch#{code}",
                                        "message": message}) if self.command == "POST" else
                            f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")
                    api.answer(self, status, text)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.hosts = [f"127.0.0.1:{self.server.server_address[1]}"]  # As which it may be asked.
        self.url = f"http://{self.hosts[0]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def now(self):
        return time.time() + self.clock_offset

    def fault(self, what):
        fault = self.faults.get(what)
        if isinstance(fault, list):
            fault = fault.pop(0) if fault else None
        return fault

    # --- What it answers. ---

    def answer(self, handler, status, text):
        body = text.encode()
        fault = self.fault("answer")
        handler.send_response_only(status)
        if fault != "no date":
            handler.send_header("Date", email.utils.formatdate(self.now(), usegmt=True))
        handler.send_header("Content-Type", "application/x-amz-json-1.0"
                            if handler.command == "POST" else "application/xml")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault == "slow":
            time.sleep(30)
        handler.wfile.write(body[:len(body) // 2] if fault == "truncated" else body)
        if fault == "truncated":
            handler.close_connection = True

    def handle(self, handler, body):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        if query.get("comp") == "stats":
            return self.azure(handler, query)
        region, service = self.verify(handler, url, body)
        if service == "monitoring":
            return self.cloudwatch(handler, region, json.loads(body))
        bucket = url.path.strip("/")
        if service == "s3" and abs(self.signed_at(handler) - self.now()) > 900:
            raise Refusal(403, "RequestTimeTooSkewed", "The difference is too large.")
        fault = self.fault(bucket)
        if fault:
            raise Refusal(*fault)
        if service == "s3" and "versioning" in query:
            return (f"<VersioningConfiguration><Status>{self.versioning[bucket]}</Status>"
                    f"</VersioningConfiguration>")
        if service == "s3" and "replication" in query:
            return (f"<ReplicationConfiguration><Rule><ID>{RULE}</ID><Status>{self.rule_status}"
                    f"</Status><Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>"
                    f"<Destination><Bucket>arn:aws:s3:::files-dr</Bucket></Destination></Rule>"
                    f"</ReplicationConfiguration>")
        raise Refusal(400, "InvalidRequest", "not known here")

    def verify(self, handler, url, body):
        """The region and the service that a request is signed for."""
        head, _, rest = handler.headers.get("Authorization", "").partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(", ")) if rest else {}
        if head != "AWS4-HMAC-SHA256":
            raise Refusal(403, "MissingAuthenticationTokenException", "no signature")
        access_key, day, region, service, _ = parts["Credential"].split("/")
        names = parts["SignedHeaders"].split(";")
        date = handler.headers["x-amz-date"]
        digest = hashlib.sha256(body).hexdigest()
        lines = "".join(f"{name}:{handler.headers[name].strip()}\n" for name in names)
        query = urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(url.query, True)),
                                       quote_via=urllib.parse.quote, safe="-._~")
        canonical = "\n".join([handler.command, url.path, query, lines, ";".join(names), digest])
        text = "\n".join(["AWS4-HMAC-SHA256", date, f"{day}/{region}/{service}/aws4_request",
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in (day, region, service, "aws4_request"):
            key = _hmac(key, part)
        if access_key != self.access_key:
            raise Refusal(403, "UnrecognizedClientException",
                          "The security token included in the request is invalid.")
        if (names != sorted(names) or "host" not in names
                or handler.headers["Host"] not in self.hosts
                or not hmac.compare_digest(_hmac(key, text).hex(), parts["Signature"])):
            raise Refusal(403, "InvalidSignatureException",
                          "The request signature we calculated does not match the signature you "
                          "provided.")
        if service == "monitoring" and abs(self.signed_at(handler) - self.now()) > 900:
            raise Refusal(403, "InvalidSignatureException", f"Signature expired: {date} is now "
                          f"earlier than the current time - 15 min.")
        return region, service

    @staticmethod
    def signed_at(handler):
        return calendar.timegm(time.strptime(handler.headers["x-amz-date"], "%Y%m%dT%H%M%SZ"))

    def cloudwatch(self, handler, region, request):
        fault = self.fault("cloudwatch")
        if isinstance(fault, tuple):
            raise Refusal(*fault)
        if (handler.headers["X-Amz-Target"] != TARGET
                or handler.headers["Content-Type"] != "application/x-amz-json-1.0"):
            raise Refusal(400, "UnknownOperationException", "")
        queries = request["MetricDataQueries"]
        offset = int(request.get("NextToken", "0"))
        results = [self.result(region, request, query, offset) for query in queries]
        more = any(result.pop("more") for result in results)
        self.asked.append((region, [query["MetricStat"]["Metric"]["MetricName"]
                                    for query in queries]))
        answer = {"MetricDataResults": results, "Messages": []}
        if fault == "left out":
            results.pop()
        if more:
            answer["NextToken"] = str(offset + self.page_points)
        if fault == "endless":
            answer["NextToken"] = "0"
        return json.dumps(answer)

    def result(self, region, request, query, offset):
        stat = query["MetricStat"]
        name = stat["Metric"]["MetricName"]
        dimensions = {item["Name"]: item["Value"] for item in stat["Metric"]["Dimensions"]}
        if query["Id"][0] not in "abcdefghijklmnopqrstuvwxyz" or stat["Stat"] != STATS[name]:
            raise Refusal(400, "ValidationError", "The value for a parameter is not valid.")
        found = {}
        if (region == self.regions[name] and dimensions == self.dimensions
                and stat["Metric"]["Namespace"] == "AWS/S3"):
            found = self.periods(name, request["StartTime"], request["EndTime"], stat["Period"])
        points = sorted(found.items(), reverse=True)
        fault = self.fault(name)
        if fault == "twice":
            points += points
        page = points[offset:offset + self.page_points]
        values = ["NaN" if isinstance(value, float) and math.isnan(value) else value
                  for _, value in page]
        more = len(points) > offset + self.page_points
        return {"Id": query["Id"], "Label": name, "Timestamps": [float(at) for at, _ in page],
                "Values": values[:-1] if fault == "uneven" else values,
                "StatusCode": fault if fault in ("InternalError", "PartialData", "Forbidden")
                else "PartialData" if more else "Complete", "more": more}

    def periods(self, name, start, end, period):
        found = {}
        if self.days_are_late and period == 86400:
            end = min(end, self.now() - 7200)
        for at, value in self.points[name].items():
            begin = at // period * period
            if begin >= start and at < end:
                merge = sum if STATS[name] == "Sum" else max
                found[begin] = merge([found[begin], value]) if begin in found else value
        return found

    def azure(self, handler, query):
        fields = {name: query.get(name, "") for name in ("sv", "ss", "srt", "sp", "se")}
        fault = self.fault("azure")
        if isinstance(fault, tuple):
            raise Refusal(*fault)
        end = calendar.timegm(time.strptime(fields["se"], "%Y-%m-%dT%H:%M:%SZ"))
        if (query["sig"] != _sas_signature(fields, ACCOUNT_KEY) or end < self.now()
                or handler.headers["x-ms-version"] is None or query["restype"] != "service"):
            raise Refusal(403, "AuthenticationFailed", "Server failed to authenticate the request.")
        if "r" not in fields["sp"]:
            raise Refusal(403, "AuthorizationPermissionMismatch", "not authorized")
        last = self.azure_last_sync
        if not isinstance(last, str):
            last = email.utils.formatdate(self.now() - last, usegmt=True)
        return (f'\ufeff<?xml version="1.0" encoding="utf-8"?><StorageServiceStats><GeoReplication>'
                f"<Status>{self.azure_status}</Status><LastSyncTime>{last}</LastSyncTime>"
                f"</GeoReplication></StorageServiceStats>")

    # --- What tests set. ---

    def replicate(self, latency=1, pending=0, failed=None, ago=0, minutes=5):
        """All metrics of the last minutes, the newest one `ago` seconds ago."""
        newest = minute(self.now() - ago)
        for at in range(newest - 60 * (minutes - 1), newest + 60, 60):
            self.points["ReplicationLatency"][at] = latency
            self.points["BytesPendingReplication"][at] = pending * 1000
            self.points["OperationsPendingReplication"][at] = pending
            if failed is not None:
                self.points["OperationsFailedReplication"][at] = failed
