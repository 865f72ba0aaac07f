# SPDX-License-Identifier: Apache-2.0
"""Files out of a Debian package (deb(5)): an ar archive with data.tar in it, compressed."""

import fnmatch
import io
import tarfile

from say import Failure

AR_MAGIC = b"!<arch>\n"
AR_HEADER = 60  # bytes: name 16, time 12, owner 6, group 6, mode 8, size 10, end mark 2
AR_NAME, AR_SIZE, AR_END = slice(0, 16), slice(48, 58), slice(58, 60)
AR_END_MARK = b"`\n"


def data_tar(file):
    """The bytes of the package's data.tar, as they are."""
    with open(file, "rb") as ar:
        if ar.read(len(AR_MAGIC)) != AR_MAGIC:
            raise Failure(f"{file}: expected a Debian package, found something else")
        while len(header := ar.read(AR_HEADER)) == AR_HEADER:
            if header[AR_END] != AR_END_MARK:
                raise Failure(f"{file}: a damaged Debian package")
            size = int(header[AR_SIZE])
            if header[AR_NAME].startswith(b"data.tar"):
                return ar.read(size)
            ar.seek(size + size % 2, io.SEEK_CUR)  # members begin at even offsets
    raise Failure(f"{file}: a Debian package without data.tar")


def files(file, wanted):
    """(path, bytes) of each plain file for which wanted(path); paths begin with /."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data_tar(file))) as tar:
            for member in tar:
                path = member.name.removeprefix(".")
                if member.isfile() and wanted(path):
                    yield path, tar.extractfile(member).read()
    except tarfile.TarError as error:
        raise Failure(f"{file}: {error}") from None


def one_file(file, pattern):
    """(path, bytes) of the file whose path matches."""
    found = next(files(file, lambda path: fnmatch.fnmatch(path, pattern)), None)
    if not found:
        raise Failure(f"{file}: expected a file {pattern} in it, found none")
    return found


def write_file(path, data):
    """Under another name first, so that there is never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.rename(path)
