# SPDX-License-Identifier: Apache-2.0
# One run of QEMU under pexpect: expect() and send() while it runs, finish() for its exit status,
# and everything it printed in `output`. The command line is the one `make run` would use.

import os
import pathlib
import shlex
import signal
import subprocess
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make(*words, **kwargs):
    """Runs make in the project's root, untouched by an outer make's flags."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT, env=env, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)


def make_variable(name, *words):
    done = make("-s", f"print-{name}", *words)
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


class Machine:
    def __init__(self, command, seconds):
        self.command = shlex.join(command)
        self.deadline = time.monotonic() + seconds
        self.text = ""
        self.child = pexpect.spawn(
            command[0], command[1:], cwd=ROOT, encoding="utf-8", codec_errors="replace",
            echo=False, dimensions=(50, 200))
        self.child.delaybeforesend = None
        self.child.logfile_read = self

    # pexpect's log file is this object.
    def write(self, text):
        self.text += text

    def flush(self):
        pass

    @property
    def output(self):
        return self.text.replace("\r", "")

    @property
    def lines(self):
        return self.output.split("\n")

    def _left(self):
        return max(self.deadline - time.monotonic(), 0.1)

    def _explain(self, wanted):
        """All of the output follows when the test is over."""
        return f"{wanted}; the last line was: {self.lines[-1] or self.lines[-2:-1]}"

    def expect(self, pattern):
        """Waits for a regular expression in what has not been matched yet: its match object."""
        try:
            self.child.expect(pattern, timeout=self._left())
        except pexpect.TIMEOUT:
            self.kill()
            raise AssertionError(self._explain(f"not seen in time: {pattern}")) from None
        except pexpect.EOF:
            raise AssertionError(self._explain(f"ended without: {pattern}")) from None
        return self.child.match

    def send(self, text):
        self.child.send(text)

    def finish(self):
        """Waits for QEMU to end by itself: its exit status."""
        try:
            self.child.expect(pexpect.EOF, timeout=self._left())
        except pexpect.TIMEOUT:
            self.kill()
            raise AssertionError(self._explain("did not end in time")) from None
        self.child.wait()
        assert self.child.signalstatus is None, self._explain("QEMU was killed")
        return self.child.exitstatus

    def kill(self):
        """Ends this QEMU, and only this one."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()

    # What most tests ask of a whole run.

    def succeed(self):
        status = self.finish()
        assert status == 0, self._explain(f"exit status {status}, not 0")
        assert self.errors() == [], self._explain("errors were printed")
        return self

    def fail_with(self, *parts):
        """Ends in failure with exactly one line `error: ...`, which has all the parts."""
        status = self.finish()
        assert status != 0, self._explain("exit status 0 in spite of the error")
        errors = self.errors()
        assert len(errors) == 1, self._explain(f"not one error line: {errors}")
        for part in parts:
            assert part in errors[0], self._explain(f"no {part!r} in: {errors[0]}")
        return self

    def all_ended_well(self, *vms):
        """
        Of several VMs, which the hypervisor says in whole lines; what guests print at the same
        time is mixed.
        """
        for vm in vms:
            assert f"Shutdown {vm} normally!" in self.output, self._explain(f"{vm} not ended well")
        return self

    def errors(self):
        return [line for line in self.lines if line.startswith(("error: ", "panic: "))]

    def in_order(self, *wanted):
        """Each of these is in a later line than the one before."""
        lines = iter(self.lines)
        for text in wanted:
            assert any(text in line for line in lines), self._explain(f"not in order: {text}")
