#!/usr/bin/python3
"""Hold model in SimPy 3 (Debian python3-simpy3): PENDING processes that wait again and again.

    simpy_hold.py PENDING HOLDS [REPEATS]

One hold is one `yield env.timeout(increment)`: the earliest timeout is popped, its process resumes
and pushes the next. The increments are the table of peer.h, 16,384 quantiles of Exp(1 s); the index
comes from Random.getrandbits, which costs Python less than peer.h's generator would. Not timed:
starting the processes and one hold each to warm up. User CPU time, best of REPEATS (default 3).

What SimPy does that Dure's queue does not: each hold makes an event object with callbacks and
resumes a generator, which is the price of writing a model as processes.
"""
from math import log
from random import Random

import simpy

from simpy_peer import arguments, print_result, user_cpu_s

SIZE = 1 << 14
TABLE = [-log((i + 0.5) / SIZE) for i in range(SIZE)]  # s


def wait_again_and_again(env, bits):
    while True:
        yield env.timeout(TABLE[bits(14)])


def run_cpu_s(pending, holds):
    env = simpy.Environment()
    bits = Random(1).getrandbits
    for _ in range(pending):
        env.process(wait_again_and_again(env, bits))
    step = env.step
    for _ in range(2 * pending):  # the start of each process, and a first hold
        step()
    start = user_cpu_s()
    for _ in range(holds):
        step()
    return user_cpu_s() - start


if __name__ == "__main__":
    pending, holds, repeats = arguments("simpy_hold.py PENDING HOLDS [REPEATS]", [int, int, int], 1)
    repeats = repeats or 3
    cpu_s = min(run_cpu_s(pending, holds) for _ in range(repeats))
    print_result("hold", "pending=%d" % pending, "%d holds" % holds, holds, cpu_s,
                 "a process per pending event, Exp(1 s) from the shared table, best of %d" % repeats)
