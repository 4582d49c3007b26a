"""What the kernel knows of a process: CPU time and memory."""

import os
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """(parent, own CPU seconds, CPU seconds of children that were waited for)"""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    user, system, children_user, children_system = map(int, fields[11:15])
    return int(fields[1]), (user + system) / TICK, (children_user + children_system) / TICK


def cpu(pid):
    """CPU seconds of one process with all of its threads."""
    return _stat(pid)[1]


def cpu_of_server(postmaster):
    """CPU seconds of all of a server: the postmaster, its living children, and those that have ended, whose time the
    kernel added to the postmaster's when it waited for them."""
    _, own, ended = _stat(postmaster)
    total = own + ended
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent, used, _ = _stat(entry)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == postmaster:
                total += used
    return total


def machine():
    """(seconds that all cores together worked, seconds that they could have) since the start of the machine"""
    with open("/proc/stat", encoding="utf-8") as file:
        # user, nice, system, idle, iowait, irq, softirq, steal; guest time is in user already.
        times = [int(word) / TICK for word in file.readline().split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)


def memory(pid):
    """(resident bytes now, the most there ever was)"""
    found = {}
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                found[key] = int(value.split()[0]) * 1024
    return found["VmRSS"], found["VmHWM"]


class Child:
    """A process that dies with this one."""

    def __init__(self, command, log, env=None):
        self.began = time.perf_counter()
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **(env or {})},
            )
        self.pid = self.process.pid

    def alive(self):
        return self.process.poll() is None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Connections:
    """Counts, five times a second, how many sessions a role has; `most` is what was seen. Used only where no CPU time of
    the server is measured."""

    def __init__(self, psql, role):
        self.psql, self.role, self.most = psql, role, 0

    def __enter__(self):
        self.process = subprocess.Popen(self.psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(
            f"select count(*) from pg_stat_activity where usename = '{self.role}'\n\\watch 0.2\n"
        )
        self.process.stdin.close()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        seen = self.process.stdout.read().split()
        self.process.wait()
        self.most = max((int(word) for word in seen if word.isdigit()), default=0)
