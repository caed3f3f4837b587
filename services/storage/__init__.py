"""Where the bytes of evidence files are kept: once under their SHA-256, whoever brought them, and never changed.

``storage()`` gives the place that the settings name. What is in it and not in the database is a leftover: an upload that
failed after its bytes were safe, or a document that was removed; ``services.evidence.keeping`` sweeps it.
"""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from config import Config
from services.storage.base import Missing, Storage, StorageDown, Stored
from services.storage.folder import FolderStorage
from services.storage.s3 import s3_storage

__all__ = ["Missing", "Storage", "StorageDown", "Stored", "incoming", "storage", "storage_of"]


def storage() -> Storage:
    """Return the storage of the running application."""
    return storage_of(current_app.config["PARINDEX"])


def storage_of(config: Config) -> Storage:
    """Return the storage that these settings name."""
    if config.evidence.url:
        return s3_storage(config.evidence)
    return FolderStorage(config.data_dir / "evidence")


def incoming(config: Config) -> Path:
    """Return the folder for files that are being received; on the disk of the folder storage, so that renaming moves them."""
    return config.data_dir / "evidence" / "incoming"
