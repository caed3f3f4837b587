"""CF-01, CF-06: the samples for an installation keep what the product needs, read directive by directive.

They were tried with nginx 1.22 by hand as well (docs/security.md); here they are held against the settings.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import pytest

from config import MEGABYTE, Config, ConfigError
from tests.support.world import Province
from views.uploads import MARGIN

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "docs" / "samples"
YEAR = 31_536_000


@dataclass
class Block:
    """One block of an nginx file: its directives with their words, and the blocks in it."""

    name: list[str]
    directives: list[list[str]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def all_(self, name: str) -> list[list[str]]:
        return [words[1:] for words in self.directives if words[0] == name]

    def one(self, name: str) -> str:
        (words,) = self.all_(name)
        return " ".join(words)


def read(text: str) -> Block:
    """Read an nginx file."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="{};")
    lexer.whitespace_split, lexer.commenters = True, "#"
    top = Block([])
    open_, words = [top], list[str]()
    for sign in (one for token in lexer for one in ([token] if token.strip("{};") or not token else list(token))):
        if sign == "{":
            block = Block(words)
            open_[-1].blocks.append(block)
            open_.append(block)
            words = []
        elif sign in (";", "}"):
            if words:
                open_[-1].directives.append(words)
            words = []
            if sign == "}":
                open_.pop()
        else:
            words.append(sign)
    assert open_ == [top]
    return top


@pytest.fixture
def nginx() -> Block:
    return read((SAMPLES / "nginx.conf").read_text(encoding="utf-8"))


def serving(nginx: Block) -> list[Block]:
    """Return the servers that hand requests to the product."""
    return [server for server in nginx.blocks if any(place.all_("proxy_pass") for place in server.blocks)]


def seconds(words: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([smhd]?)", words).groups()
    return int(number) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


def test_only_tls_from_1_2_on_and_http_is_led_there(nginx: Block) -> None:
    for server in nginx.blocks:
        encrypted = [words for words in server.all_("listen") if "ssl" in words]
        if encrypted:
            assert set(server.one("ssl_protocols").split()) == {"TLSv1.2", "TLSv1.3"}
        else:
            status, address = server.one("return").split()
            assert (status, address[:8], server.blocks) == ("308", "https://", [])
            assert "$host" not in address, "a client's own name leads nobody away"
    assert any(
        server.one("ssl_reject_handshake") == "on" for server in nginx.blocks if server.all_("ssl_reject_handshake")
    )
    assert len(serving(nginx)) == 2
    weak = ("RC4", "3DES", "CBC", "MD5", "NULL", "EXPORT")
    assert not any(
        word in ciphers for server in serving(nginx) for (ciphers,) in server.all_("ssl_ciphers") for word in weak
    )


def test_the_largest_upload_passes_on_a_slow_line(nginx: Block, province: Province) -> None:
    config = province.app.config
    largest = max(config["MAX_CONTENT_LENGTH"], config["PARINDEX"].evidence.file_bytes + MARGIN)
    for server in serving(nginx):
        assert int(server.one("client_max_body_size").removesuffix("m")) * MEGABYTE >= largest
        for name in ("client_body_timeout", "send_timeout", "proxy_read_timeout", "proxy_send_timeout"):
            assert seconds(server.one(name)) >= 600, name
        assert seconds(server.one("client_header_timeout")) <= 60, "a line that says nothing is not kept"


def test_requests_and_lines_of_one_address_are_limited(nginx: Block) -> None:
    zones = {words[1].partition(":")[0].removeprefix("zone="): words[0] for words in nginx.all_("limit_req_zone")}
    assert set(zones.values()) == {"$binary_remote_addr"}
    (lines,) = nginx.all_("limit_conn_zone")
    assert lines[0] == "$binary_remote_addr"
    for server in serving(nginx):
        for place in server.blocks:
            if place.all_("proxy_pass") and place.name != ["location", "@product"]:
                (limit,) = place.all_("limit_req")
                assert limit[0].removeprefix("zone=") in zones
        assert server.all_("limit_conn") or all(place.all_("limit_conn") for place in server.blocks)


def test_who_asks_is_written_by_the_proxy_alone(nginx: Block) -> None:
    """One proxy is believed: what it says stands there once, and nothing that a client wrote travels on."""
    for server in serving(nginx):
        said = {words[0]: words[1] for words in server.all_("proxy_set_header")}
        assert said["X-Forwarded-For"] == "$remote_addr"
        assert said["X-Forwarded-Proto"] == "$scheme"
        cleared = ("X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Real-IP", "Forwarded")
        assert {said[name] for name in cleared} == {""}
        assert not any(place.all_("proxy_set_header") for place in server.blocks), "a block's own would drop the others"
        assert server.one("server_tokens") == "off"


def test_static_files_come_with_the_headers_of_the_product(nginx: Block, province: Province) -> None:
    (static,) = [place for server in nginx.blocks for place in server.blocks if place.name == ["location", "/static/"]]
    said = {words[0]: words[1] for words in static.all_("add_header")}
    assert all(words[-1] == "always" for words in static.all_("add_header"))
    product = province.app.test_client().get("/static/css/app.css", buffered=True).headers
    for name in ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Cache-Control"):
        assert said[name] == product[name], name
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"):
        assert said[name] == product[name], name
    assert int(re.search(r"max-age=(\d+)", said["Strict-Transport-Security"])[1]) >= YEAR
    assert "unsafe" not in said["Content-Security-Policy"]
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
        said["Content-Security-Policy"].split("; ")
    )
    assert static.one("autoindex") == "off"
    assert static.one("alias").endswith("/static/"), "without the stroke the folder beside it would be open"


def settings() -> dict[str, str]:
    lines = (SAMPLES / "parindex.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_settings_of_the_sample_start_once_their_key_is_filled_in(nginx: Block, tmp_path: Path) -> None:
    given = settings() | {"PARINDEX_DATA_DIR": str(tmp_path)}
    with pytest.raises(ConfigError, match="PARINDEX_SECRET_KEY"):
        Config.from_environment(given)
    config = Config.from_environment(given | {"PARINDEX_SECRET_KEY": "Vk3pQ9xT7mZrW2nLh8sYc5uJd4gFb6eA"})
    assert (config.https, config.proxies, config.signin.totp) == (True, 1, "internet")
    own = next(server for server in serving(nginx) if server.all_("allow"))
    assert [ip_network(words[0]) for words in own.all_("allow")] == list(config.admin_area.networks)
    assert own.one("deny") == "all"
    assert own.blocks[0].one("proxy_pass") == f"http://127.0.0.1:{config.admin_area.port}"


def test_the_unit_listens_where_the_proxy_asks_and_holds_no_secret(nginx: Block) -> None:
    unit = (SAMPLES / "parindex.service").read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    asked = {
        place.one("proxy_pass").removeprefix("http://")
        for s in serving(nginx)
        for place in s.blocks
        if place.all_("proxy_pass")
    }
    assert set(re.findall(r"--bind (\S+)", start)) == asked
    assert all(address.startswith("127.0.0.1:") for address in asked)
    assert not re.search(r"^Environment=|SECRET|PASSWORD|://", unit, re.MULTILINE)
    assert "EnvironmentFile=/etc/parindex/parindex.env" in unit
    assert re.search(r"^User=(?!root)", unit, re.MULTILINE)


def test_the_documents_ship_and_lead_to_each_other() -> None:
    """CF-09: install, user, administrator and design documents; every link to a file of ours is good."""
    for name in (
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "docs/operations.md",
        "docs/security.md",
        "docs/architecture.md",
    ):
        assert len((ROOT / name).read_text(encoding="utf-8")) > 300, name
    guides = (ROOT / "docs/guide/README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs/guide").glob("*.md")} - {"README.md"}
    assert len(pages) >= 7
    assert not {page for page in pages if page not in guides}
    broken = []
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
        missing = [one for one in targets if "://" not in one and not (path.parent / one).exists()]
        broken += [f"{path.relative_to(ROOT)}: {one}" for one in missing]
    assert broken == []


def test_every_setting_of_the_code_stands_in_the_manual() -> None:
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    settings = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "config").glob("*.py")))
    named = set(re.findall(r"PARINDEX_[A-Z0-9_]+", settings))
    read = {f"PARINDEX_{word}" for word in re.findall(r'number\("([A-Z_]+)"', settings)}
    assert len(named | read) > 40
    assert sorted(one for one in named | read if one not in manual and not one.endswith("_")) == []
