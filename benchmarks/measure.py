"""Runs commands and says what each took: wall time, CPU time, peak memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Drain = Callable[[int], None]
"""Reads a descriptor to its end."""

PIPE_READ = 1 << 16


@dataclass
class Samples:
    """The rounds of one command. The best one counts: the machine adds time, it never takes any."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Seconds from start to exit."""
        return min(self.walls)

    @property
    def cpu(self) -> float:
        """Seconds of user and system time."""
        return min(self.cpus)

    @property
    def peak(self) -> int:
        """The largest resident set of any round, in bytes."""
        return max(self.peaks)


def interleaved(
    commands: Mapping[str, Sequence[str]],
    env: Mapping[str, str],
    rounds: int,
    drain: Drain | None = None,
    before: Callable[[], None] = lambda: None,
) -> dict[str, Samples]:
    """Every command once a round, so that a noisy moment hits all of them alike.

    With `drain` the output goes through a pipe that it reads, without to /dev/null. `before` runs
    ahead of each command, untimed.
    """
    samples = {name: Samples() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before()
            run(command, env, samples[name], drain)
    return samples


def run(
    command: Sequence[str], env: Mapping[str, str], into: Samples, drain: Drain | None = None
) -> None:
    """Run once and note the figures. Raises RuntimeError when the command fails."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if drain else subprocess.DEVNULL,
            stderr=errors,
        )
        if drain and child.stdout:
            drain(child.stdout.fileno())
        # On Linux a child's peak starts from this process's size, which has to stay small for it.
        _, status, usage = os.wait4(child.pid, 0)
        took = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.stdout:
            child.stdout.close()
        if child.returncode:
            errors.seek(0)
            told = errors.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)}\nexit {child.returncode}\n{told}")
    into.walls.append(took)
    into.cpus.append(usage.ru_utime + usage.ru_stime)
    into.peaks.append(usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024))


def swallow(descriptor: int) -> None:
    """Read to the end, keep nothing."""
    while os.read(descriptor, PIPE_READ):
        pass
