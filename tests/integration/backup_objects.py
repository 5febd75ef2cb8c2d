# SPDX-License-Identifier: Apache-2.0
"""Objects in buckets of a real S3 server, and sources that look for backups there."""

import time
from datetime import datetime, timezone


def text_of(age, form="%Y-%m-%dT%H:%M:%SZ"):
    return datetime.fromtimestamp(time.time() - age, timezone.utc).strftime(form)


def put(minio, bucket, key, age=0.0, body=b"data"):
    """One whose upload was complete that long ago: as MinIO itself replicates objects."""
    minio.client.put(bucket, key, body, x_minio_source_mtime=text_of(age),
                     x_minio_source_replication_request="true")


def objects(minio, bucket, **settings):
    """Their names do not tell when they were begun, unless `name_time` does."""
    started = {} if "name_time" in settings else {"dump_duration": "1s"}
    return {"format": "objects", **started, **minio.source(bucket, **settings)}


def reason(metrics, source):
    """Why the newest does not count; None if it does."""
    found = [labels["reason"] for labels, value in
             metrics.find("dr_backup_newest_not_counted", source=source) if value == 1]
    return found[0] if found else None


def age_of(metrics, source):
    return metrics.value("dr_recovery_point_age_seconds", source=source)
