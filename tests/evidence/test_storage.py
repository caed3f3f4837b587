"""The store of files: the same promises from a folder and from a bucket on a real S3 server process."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import Config, EvidenceSettings
from services.storage import FolderStorage, Missing, Storage, StorageDown, storage_of
from tests.assessment.support import person
from tests.evidence.samples import pdf
from tests.evidence.sending import refusal, send, sent
from tests.support.world import Province


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvidenceSettings]:
    """A server process of S3's protocol on loopback, with one bucket."""
    port = free_port()
    log = (tmp_path_factory.mktemp("s3") / "log").open("wb")
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, **keys}, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        for attempt in range(120):
            try:
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                link.request("PUT", "/minh-chung")
                link.getresponse().read()
                link.close()
                break
            except OSError:
                assert attempt < 119, "the S3 server did not start"
                time.sleep(0.25)
        yield EvidenceSettings(
            url="s3://minh-chung/parindex/2024", s3_endpoint=address, s3_key="test", s3_secret="test"
        )
    finally:
        server.terminate()
        server.wait(10)
        log.close()


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    settings = EvidenceSettings() if request.param == "folder" else request.getfixturevalue("s3_server")
    config = Config(database_url="sqlite://", data_dir=tmp_path, secret_key="k" * 40, evidence=settings)
    storage = storage_of(config)
    yield storage
    for stored in list(storage.list()):
        storage.delete(stored.key)


def put(storage: Storage, tmp_path: Path, content: bytes) -> str:
    source = tmp_path / "source.part"
    source.write_bytes(content)
    key = hashlib.sha256(content).hexdigest()
    storage.put(source, key)
    assert not source.exists()
    return key


@pytest.mark.parametrize("size", [1, 1000, 3 * 1024 * 1024, 20 * 1024 * 1024])
def test_bytes_come_back(kept: Storage, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    key = put(kept, tmp_path, content)
    with kept.open(key) as stream:
        assert stream.read() == content
        stream.seek(0)
        assert stream.read(10) == content[:10]
    assert kept.find(key) == next(one for one in kept.list() if one.key == key)


def test_a_key_is_put_again_and_stored_once(kept: Storage, tmp_path: Path) -> None:
    keys = [put(kept, tmp_path, b"one"), put(kept, tmp_path, b"one"), put(kept, tmp_path, b"two")]
    stored = {one.key: one for one in kept.list()}
    assert set(stored) == set(keys)
    assert stored[keys[0]].size == 3
    assert abs(datetime.now(UTC) - stored[keys[0]].modified) < timedelta(minutes=5)


def test_what_is_absent_is_told(kept: Storage, tmp_path: Path) -> None:
    key = put(kept, tmp_path, b"one")
    kept.delete(key)
    kept.delete(key)
    assert kept.find(key) is None
    assert list(kept.list()) == []
    with pytest.raises(Missing):
        kept.open(key)


def test_more_than_a_page_is_listed(kept: Storage, tmp_path: Path) -> None:
    keys = {put(kept, tmp_path, b"%d" % number) for number in range(120)}
    assert {one.key for one in kept.list()} == keys


def test_a_folder_takes_no_other_key_and_tells_its_room(tmp_path: Path) -> None:
    folder = FolderStorage(tmp_path / "evidence")
    assert (folder.free() or 0) > 0
    for key in ("", "..", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "/x"):
        with pytest.raises(ValueError, match="not a key"):
            folder.open(key)


def test_a_bucket_that_does_not_answer_is_told(tmp_path: Path) -> None:
    settings = EvidenceSettings(
        url="s3://minh-chung", s3_endpoint=f"http://127.0.0.1:{free_port()}", s3_key="k", s3_secret="s"
    )
    storage = storage_of(Config(database_url="sqlite://", data_dir=tmp_path, secret_key="k" * 40, evidence=settings))
    with pytest.raises(StorageDown):
        storage.open("a" * 64)
    with pytest.raises(StorageDown):
        put(storage, tmp_path, b"one")


def test_a_bucket_that_is_not_there_is_a_store_that_is_down(tmp_path: Path, s3_server: EvidenceSettings) -> None:
    settings = replace(s3_server, url="s3://khong-co/parindex")
    storage = storage_of(Config(database_url="sqlite://", data_dir=tmp_path, secret_key="k" * 40, evidence=settings))
    with pytest.raises(StorageDown):
        put(storage, tmp_path, b"one")


def test_the_product_works_on_a_bucket(province: Province, s3_server: EvidenceSettings, store: Path) -> None:
    """Sent, handed out, checked, found changed, swept; nothing of it stays on the server's disk."""
    config = province.app.config["PARINDEX"]
    province.app.config["PARINDEX"] = replace(config, evidence=s3_server)
    officer = person(province, "officer.x11")
    told = sent(officer, content=pdf("bucket"))
    assert officer.client.get(told["url"]).data == pdf("bucket")
    assert [path for path in store.rglob("*") if path.is_file()] == []
    runner = province.app.test_cli_runner()
    assert runner.invoke(args=["evidence", "check"]).exit_code == 0
    bucket = storage_of(province.app.config["PARINDEX"])
    (stored,) = bucket.list()
    changed = store / "changed.part"
    changed.write_bytes(pdf("bucket").replace(b"bucket", b"bukket"))
    bucket.put(changed, stored.key)
    assert officer.client.get(told["url"]).status_code == 409
    assert runner.invoke(args=["evidence", "check"]).exit_code == 1
    down = replace(s3_server, s3_endpoint=f"http://127.0.0.1:{free_port()}")
    province.app.config["PARINDEX"] = replace(config, evidence=down)
    assert refusal(send(officer, content=pdf("other")))
    assert officer.client.get(told["url"]).status_code == 503
