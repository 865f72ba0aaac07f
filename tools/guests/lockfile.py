# SPDX-License-Identifier: Apache-2.0
"""guests/linux/packages.lock: which Debian packages the guests come from, and their hashes."""

import collections
import pathlib
import re

from say import Failure

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = (ROOT / "guests/linux/packages.lock").relative_to(ROOT)

HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# Debian packages that guests come from. Written by `make guests-lock`, from a signed archive.
# architecture, what it is for, suite, package, version, size, SHA-256, path in the archive
"""

# isa, what: as in the first two columns. size: bytes. path: below the archive's top.
Package = collections.namedtuple("Package", "isa what suite name version size sha256 path")

NAME = re.compile(r"[A-Za-z0-9.+~:_-]+")
HASH = re.compile(r"[0-9a-f]{64}")


def parse(number, line):
    words = line.split()
    where = f"{PATH}:{number}"
    if len(words) != len(Package._fields):
        raise Failure(f"{where}: expected {len(Package._fields)} words, found {len(words)}")
    package = Package(*words)
    if not package.size.isdigit():
        raise Failure(f'{where}: expected a size, found "{package.size}"')
    if not HASH.fullmatch(package.sha256):
        raise Failure(f'{where}: expected a SHA-256 in hexadecimal, found "{package.sha256}"')
    for word in (package.name, package.version):
        if not NAME.fullmatch(word):
            raise Failure(f'{where}: expected a package\'s name and version, found "{word}"')
    return package._replace(size=int(package.size))


def read(isa):
    """The packages of an architecture."""
    try:
        lines = (ROOT / PATH).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{PATH}: {error}") from None
    packages = [parse(number, line) for number, line in enumerate(lines, 1)
                if line.strip() and not line.startswith("#")]
    isas = sorted({package.isa for package in packages})
    if isa not in isas:
        raise Failure(f'expected one of {", ".join(isas)}, found "{isa}"')
    return [package for package in packages if package.isa == isa]


def pick(packages, *wanted):
    """Those for each of these purposes, in this order."""
    by_purpose = {package.what: package for package in packages}
    for what in wanted:
        if what not in by_purpose:
            raise Failure(f'{PATH} has {", ".join(by_purpose)} for {packages[0].isa}, not "{what}"')
    return [by_purpose[what] for what in wanted]


def write(packages):
    rows = [[str(word) for word in package] for package in packages]
    widths = [max(map(len, column)) for column in zip(*rows)]
    with open(ROOT / PATH, "w", encoding="ascii") as file:
        file.write(HEADER)
        for row in rows:
            cells = (word.ljust(width) for word, width in zip(row, widths))
            file.write("  ".join(cells).rstrip() + "\n")
