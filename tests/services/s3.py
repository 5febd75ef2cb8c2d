# SPDX-License-Identifier: Apache-2.0
"""A client of S3 for tests: requests signed by AWS Signature Version 4, written independently."""

import base64
import datetime
import hashlib
import hmac
import json
import urllib.parse
import xml.etree.ElementTree as ElementTree

from .support import http_request

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class S3Error(Exception):
    """An answer that is no success."""


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class S3:
    def __init__(self, url, access_key, secret_key, region="us-east-1"):
        self.url = url
        self.host = urllib.parse.urlsplit(url).netloc
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region

    def _sign(self, method, path, query, headers, body, service="s3"):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = {**{name.lower(): value for name, value in headers.items()},
                   "host": self.host, "x-amz-date": now, "x-amz-content-sha256": digest}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = "\n".join([method, path, query, lines, names, digest])
        scope = f"{now[:8]}/{self.region}/{service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret_key).encode()
        for part in (now[:8], self.region, service, "aws4_request"):
            key = _hmac(key, part)
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={_hmac(key, text).hex()}")
        return headers

    def ask(self, method, bucket, key="", query=None, headers=None, body=b"", check=True):
        path = urllib.parse.quote(f"/{bucket}" + (f"/{key}" if key else ""), safe="/-._~")
        text = urllib.parse.urlencode(sorted((query or {}).items()),
                                      quote_via=urllib.parse.quote, safe="-._~")
        headers = self._sign(method, path, text, headers or {}, body)
        url = self.url + path + ("?" + text if text else "")
        answer = http_request(url, method, headers, body or None, timeout=30)
        if check and not 200 <= answer.status < 300:
            raise S3Error(f"{method} {path}?{text}: {answer.status} {answer.text}")
        return answer

    def assume_role(self, policy):
        """Credentials that may do no more than the policy: (key, secret, session token)."""
        body = urllib.parse.urlencode({"Action": "AssumeRole", "Version": "2011-06-15",
                                       "DurationSeconds": "900",
                                       "Policy": json.dumps(policy)}).encode()
        headers = self._sign("POST", "/", "",
                             {"content-type": "application/x-www-form-urlencoded"}, body, "sts")
        answer = http_request(self.url + "/", "POST", headers, body)
        if answer.status != 200:
            raise S3Error(f"AssumeRole: {answer.status} {answer.text}")
        root = ElementTree.fromstring(answer.text)
        return tuple(root.find(f".//{{*}}{name}").text
                     for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))

    # --- Buckets. ---

    def create_bucket(self, bucket, lock=False, versioning=False):
        self.ask("PUT", bucket,
                 headers={"x-amz-bucket-object-lock-enabled": "true"} if lock else {})
        if versioning:
            self.set_versioning(bucket, "Enabled")
        return bucket

    def set_versioning(self, bucket, status):
        self.ask("PUT", bucket, query={"versioning": ""},
                 body=(f"<VersioningConfiguration><Status>{status}</Status>"
                       "</VersioningConfiguration>").encode())

    # --- Objects. ---

    def put(self, bucket, key, body=b"data", **headers):
        """Keyword arguments are headers: `x_amz_object_lock_mode="COMPLIANCE"`."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if any("object-lock" in name for name in headers):
            # S3 asks for it wherever a lock is set.
            checksum = hashlib.sha256(body).digest()
            headers["x-amz-checksum-sha256"] = base64.b64encode(checksum).decode()
        return self.ask("PUT", bucket, key, headers=headers, body=body)

    def put_locked(self, bucket, key, days, mode="COMPLIANCE", body=b"data"):
        """One that cannot be deleted for so many days (a fraction, too)."""
        until = (datetime.datetime.now(datetime.timezone.utc)
                 + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.put(bucket, key, body, x_amz_object_lock_mode=mode,
                        x_amz_object_lock_retain_until_date=until)

    def head(self, bucket, key, check=True):
        return self.ask("HEAD", bucket, key, check=check)

    def get(self, bucket, key):
        return self.ask("GET", bucket, key).body

    def delete(self, bucket, key, **query):
        return self.ask("DELETE", bucket, key, query=query)

    def keys(self, bucket, prefix=""):
        root = ElementTree.fromstring(
            self.ask("GET", bucket, query={"list-type": "2", "prefix": prefix}).text)
        return [element.text for element in root.iter(f"{NAMESPACE}Key")]
