# SPDX-License-Identifier: Apache-2.0
"""Azure's Last Sync Time: when it is a recovery point, and every time that it is none."""

import pytest
from s3_pairs import plan
from services.aws_api import AwsApi, sas_token
from services.support import wait_until


@pytest.fixture(name="api")
def fixture_api(estate):
    return estate.keep(AwsApi())


@pytest.fixture(name="token")
def fixture_token(tmp_path):
    path = tmp_path / "token"
    path.write_text("?" + sas_token(seconds=86400) + "\n")
    return path


@pytest.fixture(name="exporter")
def fixture_exporter(estate, api, token):
    settings = {"azure_secondary_url": api.url, "azure_sas_token_file": str(token),
                "interval": "100ms", "timeout": "1s"}
    return estate.exporter(plan({"s3": settings}, rpo="15m"))


def errors(exporter):
    return [record["error"] for record in exporter.log_records() if "error" in record]


def age(exporter):
    return exporter.metric("dr_recovery_point_age_seconds", source="s3")


def write(token, text):
    """Whole or not at all, as those who exchange secrets do."""
    new = token.with_suffix(".new")
    new.write_text(text)
    new.rename(token)


def wait_for(exporter, state):
    wait_until(lambda: exporter.check("s3") == state, 15, f"{state}; {errors(exporter)}")


@pytest.mark.sanitized
def test_last_sync_time(api, exporter):
    wait_for(exporter, "pass")
    assert 5 <= age(exporter) < 10
    # What the primary wrote since then may be lost.
    api.azure_last_sync = 3600
    wait_for(exporter, "fail")
    assert age(exporter) >= 3600
    assert not errors(exporter)


@pytest.mark.slow
@pytest.mark.sanitized
def test_no_proof(api, exporter, token):
    wait_for(exporter, "pass")
    good = token.read_text()
    cases = {
        "bootstrap": (("bootstrap", ""), None, None, "first copy to the secondary is still under"),
        "bootstrap with time": (("bootstrap", 5), None, None, "first copy"),
        "unavailable": (("unavailable", 5), None, None, "the secondary is unavailable"),
        "other": (("Live", 5), None, None, "whether the secondary is live"),
        "no time": (("live", ""), None, None, "no readable Last Sync Time"),
        "no such day": (("live", "Mon, 30 Feb 2026 10:00:00 GMT"), None, None, "no readable"),
        "other zone": (("live", "Sat, 21 Nov 2026 14:00:00 PST"), None, None, "no readable"),
        "future": (("live", -3600), None, None, "in the future of the service's own clock"),
        "no date": (("live", 5), {"answer": "no date"}, None, "the answer has no date"),
        "truncated": (("live", 5), {"answer": "truncated"}, None, ""),
        "slow": (("live", 5), {"answer": "slow"}, None, ""),
        "busy": (("live", 5), {"azure": (503, "ServerBusy", "")}, None, "too many requests"),
        "no RA-GRS": (("live", 5), {"azure": (403, "InsufficientAccountPermissions", "")}, None,
                      "it needs RA-GRS"),
        "wrong key": (("live", 5), None, sas_token(key="a2V5"), "the SAS token is wrong"),
        "expired": (("live", 5), None, sas_token(seconds=-5), "the SAS token is wrong"),
        "may only write": (("live", 5), None, sas_token(permissions="w"), "may not read"),
        "more than a token": (("live", 5), None, "https://x/?sig=a b", "more in it than a SAS"),
    }
    for name, ((status, last_sync), faults, new_token, message) in cases.items():
        seen = len(errors(exporter))
        api.azure_status, api.azure_last_sync, api.faults = status, last_sync, faults or {}
        write(token, new_token or good)
        wait_until(lambda: len(errors(exporter)) > seen, 10, f"an error of {name}")
        assert message in errors(exporter)[-1], (name, errors(exporter)[-1])
        assert exporter.check("s3") == "unknown", name
        api.azure_status, api.azure_last_sync, api.faults = "live", 5, {}
        write(token, good)
        wait_for(exporter, "pass")
    assert good.strip()[-20:] not in exporter.log() + exporter.get("/").text


def test_clocks(api, exporter):
    """The time is Azure's: a clock of ours that is behind makes it older, one ahead not newer."""
    wait_for(exporter, "pass")
    api.clock_offset = 3600
    api.azure_last_sync = 60
    wait_until(lambda: 60 <= age(exporter) < 70, 10, "the age by Azure's clock")
    api.clock_offset = -3600
    wait_for(exporter, "fail")
    assert age(exporter) >= 3600
