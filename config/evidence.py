"""Settings of evidence files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.reading import MEGABYTE, ConfigError, whole


@dataclass(frozen=True)
class EvidenceSettings:
    """Evidence files: what is taken, how much, where it is kept and who looks for viruses (docs/operations.md).

    Sizes are in bytes. ``url`` is empty for the folder ``evidence`` beside the database, or ``s3://bucket/prefix``.
    ``clamd`` is empty (no scanner), ``tcp://host:port`` or ``unix:/path``.
    """

    file_bytes: int = 20 * MEGABYTE
    files_per_item: int = 20
    unit_bytes: int = 2048 * MEGABYTE
    free_bytes: int = 500 * MEGABYTE
    kinds: tuple[str, ...] = ("pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt", "odt", "ods", "jpg", "png", "webp")
    image_pixels: int = 80_000_000
    url: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key: str = ""
    s3_secret: str = field(default="", repr=False)
    clamd: str = ""
    clamd_seconds: int = 20

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> EvidenceSettings:
        """Read the settings; raise ``ConfigError`` where they cannot be meant."""
        known = cls.kinds
        kinds = tuple(environ.get("PARINDEX_EVIDENCE_KINDS", ",".join(known)).replace(" ", "").lower().split(","))
        if unknown := [word for word in kinds if word not in known]:
            raise ConfigError(f"PARINDEX_EVIDENCE_KINDS knows {', '.join(known)}, not {', '.join(unknown)!r}.")
        url = environ.get("PARINDEX_EVIDENCE_URL", "")
        if url and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?", url):
            raise ConfigError(f"PARINDEX_EVIDENCE_URL is empty or s3://bucket/prefix, not {url!r}.")
        clamd = environ.get("PARINDEX_CLAMD", "")
        if clamd and not re.fullmatch(r"tcp://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}|unix:/.+", clamd):
            raise ConfigError(f"PARINDEX_CLAMD is empty, tcp://host:port or unix:/path, not {clamd!r}.")

        def megabytes(name: str, default: int, least: int = 1) -> int:
            return whole(environ, name, default // MEGABYTE, least) * MEGABYTE

        return cls(
            file_bytes=megabytes("PARINDEX_EVIDENCE_FILE_MB", cls.file_bytes),
            files_per_item=whole(environ, "PARINDEX_EVIDENCE_FILES_PER_ITEM", cls.files_per_item),
            unit_bytes=megabytes("PARINDEX_EVIDENCE_UNIT_MB", cls.unit_bytes),
            free_bytes=megabytes("PARINDEX_EVIDENCE_FREE_MB", cls.free_bytes, least=0),
            kinds=kinds,
            image_pixels=whole(environ, "PARINDEX_EVIDENCE_MEGAPIXELS", cls.image_pixels // 1_000_000) * 1_000_000,
            url=url,
            s3_endpoint=environ.get("PARINDEX_S3_ENDPOINT", cls.s3_endpoint),
            s3_region=environ.get("PARINDEX_S3_REGION", cls.s3_region),
            s3_key=environ.get("PARINDEX_S3_KEY", cls.s3_key),
            s3_secret=environ.get("PARINDEX_S3_SECRET", cls.s3_secret),
            clamd=clamd,
            clamd_seconds=whole(environ, "PARINDEX_CLAMD_SECONDS", cls.clamd_seconds),
        )
