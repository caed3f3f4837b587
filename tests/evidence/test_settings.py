"""Settings of evidence files: read in the units the operator writes, refused with a sentence where they cannot be meant."""

from __future__ import annotations

import pytest

from config import ConfigError, EvidenceSettings
from rules.files import KINDS


def test_the_defaults_are_those_of_the_guide() -> None:
    settings = EvidenceSettings.from_environment({})
    assert settings == EvidenceSettings()
    assert (settings.file_bytes, settings.url, settings.clamd) == (20 * 1024 * 1024, "", "")
    assert set(settings.kinds) == set(KINDS)


def test_settings_are_read() -> None:
    settings = EvidenceSettings.from_environment(
        {
            "PARINDEX_EVIDENCE_FILE_MB": "5",
            "PARINDEX_EVIDENCE_FREE_MB": "0",
            "PARINDEX_EVIDENCE_KINDS": "PDF, jpg",
            "PARINDEX_EVIDENCE_URL": "s3://minh-chung/2024",
            "PARINDEX_CLAMD": "tcp://127.0.0.1:3310",
            "PARINDEX_S3_SECRET": "bi mat",
        }
    )
    assert (settings.file_bytes, settings.free_bytes, settings.kinds) == (5 * 1024 * 1024, 0, ("pdf", "jpg"))
    assert "bi mat" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARINDEX_EVIDENCE_FILE_MB", "0"),
        ("PARINDEX_EVIDENCE_FILE_MB", "20MB"),
        ("PARINDEX_EVIDENCE_UNIT_MB", "-1"),
        ("PARINDEX_EVIDENCE_KINDS", "pdf,exe"),
        ("PARINDEX_EVIDENCE_KINDS", ""),
        ("PARINDEX_EVIDENCE_URL", "/var/files"),
        ("PARINDEX_EVIDENCE_URL", "http://bucket"),
        ("PARINDEX_CLAMD", "127.0.0.1:3310"),
        ("PARINDEX_CLAMD", "tcp://127.0.0.1"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        EvidenceSettings.from_environment({name: value})
