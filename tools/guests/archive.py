# SPDX-License-Identifier: Apache-2.0
"""
Fetches Debian packages through an apt root of our own in cache/, so that the system's apt is
neither used up nor changed, whatever distribution's suites it has, and without root. apt checks
the archive's signature with the system's Debian keyring; each package of the lock file's version
is then compared with that file, too. The archive's address and the way there (proxies) are the
system's.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess

from lockfile import PATH as LOCK
from lockfile import ROOT, Package
from say import PERIOD, Failure, Progress, say, warn

CACHE = ROOT / "cache"
APT = CACHE / "apt"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
COMPONENT = "main"

# Debian's names, and apt's for a package. A kernel is found by the package that always depends on
# the newest one.
ISAS = {"riscv64": "riscv64", "arm64": "arm64", "x86_64": "amd64"}
SUITES = {"bookworm": ["amd64", "arm64"], "trixie": ["riscv64"]}
WANTED = [
    ("riscv64", "kernel", "trixie", "linux-image-riscv64:riscv64"),
    ("riscv64", "busybox", "trixie", "busybox-static:riscv64"),
    ("riscv64", "installer", "trixie", "debian-installer-13-netboot-riscv64"),
    ("arm64", "kernel", "bookworm", "linux-image-cloud-arm64:arm64"),
    ("arm64", "busybox", "bookworm", "busybox-static:arm64"),
    ("arm64", "installer", "bookworm", "debian-installer-12-netboot-arm64"),
    ("x86_64", "kernel", "bookworm", "linux-image-cloud-amd64:amd64"),
    ("x86_64", "busybox", "bookworm", "busybox-static:amd64"),
]

CONFIG = """\
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "{apt}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "/dev/null";
Dir::State "{apt}";
Dir::State::status "{apt}/status";
Dir::Cache "{apt}/cache";
APT::Architecture "amd64";
APT::Architectures {{ {architectures} }};
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
"""


def fetch(packages):
    """The packages' files, in the same order; what is there already is only checked."""
    CACHE.mkdir(exist_ok=True)
    with one_at_a_time():
        missing = [package for package in packages if not is_there(package)]
        if missing:
            root = private_root(missing)
            root.prepare_for(missing)
            packages = [root.bring(package) if package in missing else package
                        for package in packages]
    return [file_of(package) for package in packages]


def newest():
    """What a new lock file would have."""
    CACHE.mkdir(exist_ok=True)
    with one_at_a_time():
        root = private_root([])
        root.update()
        return [root.find(*wanted) for wanted in WANTED]


@contextlib.contextmanager
def one_at_a_time():
    with open(CACHE / "lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def file_of(package):
    return CACHE / os.path.basename(package.path)


def is_there(package):
    file = file_of(package)
    if not file.exists():
        return False
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != package.sha256:
        raise Failure(f"{file.relative_to(ROOT)}: expected SHA-256 {package.sha256}, found "
                      f"{found}; remove the file to have it fetched again")
    return True


def by_hand(packages):
    """How somebody brings the packages here who has no apt, or no network."""
    return "".join(f"\n  {package.path}\n    SHA-256 {package.sha256}" for package in packages) + \
        f"\nThese files, of any Debian mirror, can be put into {CACHE.relative_to(ROOT)}/ by hand."


def private_root(missing):
    """An apt root, or all that somebody without apt has to do."""
    reason = None
    if not shutil.which("apt-get"):
        reason = "there is no apt-get to fetch packages with"
    elif not os.path.exists(KEYRING):
        reason = f"there is no {KEYRING} to check Debian's signature with"
    if reason:
        raise Failure(reason + by_hand(missing))
    return PrivateRoot(mirror(missing))


def mirror(missing):
    """The address that the system's own apt has for a Debian archive."""
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages"], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        uri, release, component = line.split()[:3]
        if component == COMPONENT and "-" not in release:
            return uri
    raise Failure("the system's apt has no archive's main component configured" +
                  by_hand(missing))


def transport():
    """The system's proxies and the like."""
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    return "".join(f"{line}\n" for line in done.stdout.splitlines()
                   if re.match(r"Acquire::(https?|Retries)\b", line))


class PrivateRoot:
    def __init__(self, uri):
        for folder in ("lists/partial", "cache/archives/partial", "download"):
            (APT / folder).mkdir(parents=True, exist_ok=True)
        (APT / "status").touch()
        (APT / "sources.list").write_text("".join(
            f"deb [signed-by={KEYRING} arch={','.join(names)}] {uri} {suite} {COMPONENT}\n"
            for suite, names in SUITES.items()))
        names = " ".join(f'"{name}";' for name in ISAS.values())
        (APT / "apt.conf").write_text(
            CONFIG.format(apt=APT, architectures=names) + transport())
        self.env = {**os.environ, "APT_CONFIG": str(APT / "apt.conf"), "LC_ALL": "C"}

    def run(self, *command, **kwargs):
        return subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, **kwargs)

    def update(self):
        say("FETCH", "Debian's package lists ...")
        done = self.run("apt-get", "update", "-q")
        if done.returncode != 0:
            raise Failure("Debian's package lists cannot be fetched: " + complaint(done.stderr))

    def prepare_for(self, packages):
        """If the lists of the last time do not have these packages, new lists."""
        if all(self.has(package) for package in packages):
            return
        try:
            self.update()
        except Failure as failure:
            raise Failure(f"{failure}{by_hand(packages)}") from None

    def bring(self, package):
        """Fetches it, or what the archive has in its place: returns the one whose file is there."""
        package = self.current(package)
        if not is_there(package):
            self.download(package)
        return package

    def show(self, name):
        """The fields of the package's newest version, or None."""
        done = self.run("apt-cache", "show", "--no-all-versions", name)
        return dict(re.findall(r"^([\w-]+): (.*)$", done.stdout, re.M)) or None

    def find(self, isa, what, suite, name):
        """What WANTED asks for, as it is in the archive."""
        fields = self.show(name)
        if fields and what == "kernel":
            name = f"{re.split('[ ,]', fields['Depends'])[0]}:{ISAS[isa]}"
            fields = self.show(name)
        if not fields:
            raise Failure(f"Debian's {suite} has no package {name}")
        return Package(isa, what, suite, name, fields["Version"], int(fields["Size"]),
                       fields["SHA256"], fields["Filename"])

    def download(self, package):
        folder = APT / "download"
        shutil.rmtree(folder)
        folder.mkdir()
        name = f"{package.name}={package.version}"
        progress = Progress("FETCH", os.path.basename(package.path), package.size)
        with subprocess.Popen(["apt-get", "download", "-q", name], cwd=folder, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as child:
            while child.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(PERIOD)
                progress.at(sum_of_sizes(folder))
            error = child.stderr.read()
        files = list(folder.glob("*.deb"))
        if child.returncode != 0 or len(files) != 1:
            raise Failure(f"{name} cannot be fetched: {complaint(error)}{by_hand([package])}")
        progress.end()
        files[0].rename(file_of(package))
        is_there(package)

    def has(self, package):
        fields = self.show(package.name)
        return fields is not None and fields["Version"] == package.version

    def current(self, package):
        """
        The archive keeps the newest version alone. A newer one than the lock file's is not what was
        tried here, but it comes from Debian as surely: apt has checked its hash and signature.
        """
        if self.has(package):
            return package
        found = self.find(*next(row for row in WANTED if row[:2] == package[:2]))
        warn(f"{LOCK} has {package.name} {package.version}, which Debian's {package.suite} has no "
             f"more: taking {found.name} {found.version}; `make guests-lock` records it")
        return found


def complaint(text):
    """apt's first error, without its letter."""
    lines = re.findall(r"^E: (.*)$", text, re.M) or text.strip().splitlines()
    return lines[0].strip() if lines else "apt did not say why"


def sum_of_sizes(folder):
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size
    return total
