#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
python3 tools/guests pack ISA FOLDER: makes kernel, initramfs and data.img of Debian's Linux
python3 tools/guests fetch ISA WHAT:  only fetches a package; the last line is its file
python3 tools/guests unpack ISA WHAT FOLDER PATH...: copies files out of a package
python3 tools/guests lock:            writes the lock file anew, with what the archive has today

Packages are those of guests/linux/packages.lock, or newer ones where Debian has these no more, and
kept in cache/; nothing here needs root.
WHAT is one of the lock file's second column.
"""

import argparse
import os
import pathlib
import sys

import archive
import deb
import linux
import lockfile
from say import Failure, say


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/guests", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("lock")
    for name, words in (("pack", ["isa", "folder"]), ("fetch", ["isa", "what"]),
                        ("unpack", ["isa", "what", "folder"])):
        command = commands.add_parser(name)
        for word in words:
            command.add_argument(word)
    command.add_argument("path", nargs="+")
    return parser.parse_args()


def unpack(file, folder, paths):
    """Each PATH, which may have * in it, becomes a file of its last name in the folder."""
    for pattern in paths:
        name, data = deb.one_file(file, pattern)
        deb.write_file(pathlib.Path(folder) / os.path.basename(name), data)


def main():
    args = arguments()
    if args.command == "lock":
        lockfile.write(archive.newest())
        say("LOCK", lockfile.PATH)
        return
    packages = lockfile.read(args.isa)
    if args.command == "pack":
        kernel, busybox = archive.fetch(lockfile.pick(packages, "kernel", "busybox"))
        linux.pack(kernel, busybox, pathlib.Path(args.folder))
        return
    file, = archive.fetch(lockfile.pick(packages, args.what))
    if args.command == "unpack":
        unpack(file, args.folder, args.path)
    else:
        print(file)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"error: guests: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
