# SPDX-License-Identifier: Apache-2.0
"""Credentials for buckets: from everywhere, wrong, expiring, and the least that they need."""

import pytest
from backup_objects import objects, put
from backup_plans import error_of, plan, state, wait_for_all
from services.aws_metadata import AUTHORIZATION, ROLE_ARN, Metadata
from services.minio import SECRET, USER, Minio
from services.support import wait_until


@pytest.fixture(name="minio", scope="module")
def fixture_minio(module_estate):
    """Its buckets may be a part of the host's name, too."""
    return module_estate.keep(Minio(module_estate.new_directory(),
                                    environment={"MINIO_DOMAIN": "localhost"})).start()


@pytest.mark.sanitized
def test_wrong_settings(estate, minio, tmp_path):
    bucket = minio.client.create_bucket("settings")
    put(minio, bucket, "a", 60)
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-secret\n")
    profiles = tmp_path / "credentials"
    profiles.write_text(f"[default]\naws_access_key_id = x\naws_secret_access_key = y\n"
                        f"[dr]\naws_access_key_id = {USER}\naws_secret_access_key = {SECRET}\n")
    by_file = {"access_key_id": None, "secret_access_key_file": None,
               "credentials_file": str(profiles)}
    cases = {
        "bucket": ({"bucket": "no-such-bucket"}, "not_found", "NoSuchBucket"),
        "key": ({"access_key_id": "nobody"}, "auth", "does not know this access key"),
        "secret": ({"secret_access_key_file": str(wrong)}, "auth", "the secret is not that of"),
        "gone": ({"secret_access_key_file": str(tmp_path / "no")}, "not_found", "no"),
        "port": ({"endpoint": "http://127.0.0.1:1"}, "connect", "127.0.0.1"),
        "tls": ({"endpoint": minio.url.replace("http:", "https:")}, "tls", ""),
        "profile": (by_file, "auth", "does not know this access key"),
        "section": ({**by_file, "profile": "other"}, "auth", "no section [other]"),
        "good": ({**by_file, "profile": "dr"}, None, None),
        "host": ({"endpoint": f"http://localhost:{minio.port}", "path_style": False}, None, None),
    }
    sources = {}
    for name, (settings, _, _) in cases.items():
        merged = {**objects(minio, bucket), **settings}
        sources[name] = {key: value for key, value in merged.items() if value is not None}
    exporter = estate.exporter(plan(sources))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (_, kind, message) in cases.items():
        assert state(metrics, name) == ("unknown" if kind else "pass"), name
        if kind:
            assert set(exporter.failures(name)) == {kind}, (name, error_of(exporter, name))
            assert message in error_of(exporter, name)
    for text in (exporter.log(), metrics.text, exporter.get("/").text):
        assert SECRET not in text and "not-the-secret" not in text


@pytest.mark.slow
def test_credentials(estate, minio, tmp_path):
    """From the environment, the instance, the container, and by assuming a role."""
    bucket = minio.client.create_bucket("credentials")
    put(minio, bucket, "a", 60)
    metadata = estate.keep(Metadata(USER, SECRET, seconds=4))
    token = tmp_path / "token"
    token.write_text(AUTHORIZATION + "\n")
    identity = tmp_path / "identity"
    identity.write_text(metadata.identity)
    source = {key: value for key, value in objects(minio, bucket).items()
              if not key.startswith(("access", "secret"))}
    usual = {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": SECRET,
             "AWS_ENDPOINT_URL_STS": minio.url}
    environments = {
        "environment": usual,
        "instance": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url},
        "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": metadata.url + "/container",
                      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token)},
        "web": {"AWS_WEB_IDENTITY_TOKEN_FILE": str(identity), "AWS_ROLE_ARN": ROLE_ARN,
                "AWS_ENDPOINT_URL_STS": metadata.url},
        "off": {"AWS_EC2_METADATA_DISABLED": "true"},
    }
    exporters = {}
    for name, environment in environments.items():
        sources = {"a": source}
        if name == "environment":
            # MinIO's own STS: the credentials come with a session token.
            sources["role"] = {**source, "role_arn": "arn:aws:iam::123456789012:role/dr"}
        exporters[name] = estate.exporter(plan(sources), environment=environment, name=name)
    for name, exporter in exporters.items():
        wait_for_all(exporter)
        wanted = "unknown" if name == "off" else "pass"
        assert state(exporter.metrics(), "a") == wanted, (name, exporter.log())
    assert state(exporters["environment"].metrics(), "role") == "pass"
    assert "no credentials are in the settings" in error_of(exporters["off"], "a")
    # They expire every 4 seconds and are renewed after 2, and none of that is seen.
    metadata.identity = "identity-2"
    identity.write_text(metadata.identity)
    before = metadata.given
    wait_until(lambda: metadata.given >= before + 6, 15, "new credentials")
    for name in ("instance", "container", "web"):
        assert not exporters[name].failures("a"), exporters[name].log()
    # Valid ones are used to their end, and then it is no longer known.
    metadata.is_broken = True
    wait_until(lambda: state(exporters["instance"].metrics(), "a") == "unknown", 10, "the end")
    metadata.is_broken = False
    wait_until(lambda: state(exporters["instance"].metrics(), "a") == "pass", 10, "new ones")
    for exporter in exporters.values():
        assert SECRET not in exporter.log() + exporter.metrics().text


def test_least_privilege(estate, minio, tmp_path):
    """The policy of the README is enough, and what is missing of it is named."""
    bucket = minio.client.create_bucket("privileges", lock=True)
    minio.client.put_locked(bucket, "db/a", 8)
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
               "Condition": {"StringLike": {"s3:prefix": "db/*"}}}
    retention = {"Effect": "Allow", "Action": "s3:GetObjectRetention",
                 "Resource": f"arn:aws:s3:::{bucket}/db/*"}
    source = {key: value for key, value in objects(minio, bucket, prefix="db/").items()
              if not key.startswith(("access", "secret"))}
    sources = {}
    for name, statements in {"enough": [listing, retention], "listing": [listing],
                             "retention": [retention]}.items():
        key, secret, token = minio.client.assume_role({"Version": "2012-10-17",
                                                       "Statement": statements})
        path = tmp_path / name
        path.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
                        f"aws_session_token = {token}\n")
        sources[name] = {**source, "credentials_file": str(path),
                         "survives": ["corruption", "ransomware"]}
    exporter = estate.exporter(plan(sources))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert state(metrics, "enough") == "pass", error_of(exporter, "enough")
    for name, message in ("listing", "s3:GetObjectRetention"), ("retention", "AccessDenied"):
        assert state(metrics, name) == "unknown"
        assert set(exporter.failures(name)) == {"permission"}
        assert message in error_of(exporter, name)
