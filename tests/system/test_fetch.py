# SPDX-License-Identifier: Apache-2.0
# tools/guests, without a network: which of Debian's packages are taken when the archive has others
# than the lock file. apt is replaced by what it would have answered.

import sys

import pytest

from machine import ROOT

sys.path.insert(0, str(ROOT / "tools/guests"))
import archive  # noqa: E402
import say  # noqa: E402
from lockfile import Package  # noqa: E402

DATA = b"the package"
SHA256 = "0" * 64  # that of nothing here
LOCKED = Package("arm64", "kernel", "bookworm", "linux-1:arm64", "1.0", len(DATA), SHA256,
                 "pool/linux_1.0_arm64.deb")


class Root(archive.PrivateRoot):
    """An archive that has these versions of the packages, and counts what is fetched."""

    def __init__(self, **versions):
        self.versions = versions
        self.fetched = []

    def show(self, name):
        return {"Depends": "linux-2 (= 2.0)", "Version": self.versions.get(name.split(":")[0][-1]),
                "Size": "11", "SHA256": SHA256, "Filename": "pool/linux_2.0_arm64.deb"}

    def download(self, package):
        self.fetched.append(package)


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(archive, "CACHE", tmp_path)


def test_locked(capsys):
    """What the lock file has is taken as long as it can be had."""
    root = Root(**{"1": "1.0", "2": "2.0"})
    assert root.bring(LOCKED) == LOCKED
    assert root.fetched == [LOCKED]
    assert capsys.readouterr().err == ""


def test_moved_on(capsys):
    """Else what Debian has instead, with a warning that names both."""
    root = Root(**{"2": "2.0"})
    found = root.bring(LOCKED)
    assert (found.name, found.version) == ("linux-2:arm64", "2.0")
    assert root.fetched == [found]
    warning, = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: guests: guests/linux/packages.lock has linux-1:arm64 1.0")
    assert "taking linux-2:arm64 2.0" in warning


def test_damaged(monkeypatch, tmp_path):
    """A file that is not what the lock file says is refused."""
    monkeypatch.setattr(archive, "ROOT", tmp_path)
    archive.file_of(LOCKED).write_bytes(DATA)
    with pytest.raises(say.Failure, match="expected SHA-256"):
        archive.is_there(LOCKED)
