#!/usr/bin/python3
"""M/M/c queue in SimPy 3 (Debian python3-simpy3), as its manual writes it: a process per customer.

    simpy_mmc.py CUSTOMERS SERVERS RHO [REPEATS]

Service is Exp(1 s), arrivals are Poisson with rate RHO * SERVERS per second, first come first served.
Prints customers per second of user CPU time (best of REPEATS, default 3), the mean wait Wq in mean
service times and what Erlang C says of it.
"""
import sys
from random import Random

import simpy

from simpy_peer import arguments, print_result, user_cpu_s


def customer(env, servers, random, waits):
    arrival = env.now
    with servers.request() as request:
        yield request
        waits[0] += env.now - arrival
        yield env.timeout(random.expovariate(1.0))


def source(env, servers, random, waits, customers, arrival_rate):
    for _ in range(customers):
        yield env.timeout(random.expovariate(arrival_rate))
        env.process(customer(env, servers, random, waits))


def run(customers, servers, rho):
    """User CPU seconds, mean wait."""
    env = simpy.Environment()
    waits = [0.0]  # total
    resource = simpy.Resource(env, capacity=servers)
    env.process(source(env, resource, Random(1), waits, customers, rho * servers))
    start = user_cpu_s()
    env.run()
    return user_cpu_s() - start, waits[0] / customers


def erlang_c_wait(servers, rho):
    """Mean wait of M/M/c in mean service times: Erlang C / (c (1 - rho)), by the Erlang B recursion."""
    load, blocked = rho * servers, 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1 - rho * (1 - blocked)) / (servers * (1 - rho))


if __name__ == "__main__":
    usage = "simpy_mmc.py CUSTOMERS SERVERS RHO [REPEATS], RHO below 1"
    customers, servers, rho, repeats = arguments(usage, [int, int, float, int], 1)
    if rho >= 1:
        print("simpy_mmc.py: RHO must be below 1, found %g" % rho, file=sys.stderr)
        sys.exit(2)
    repeats = repeats or 3
    cpu_s, mean_wait = min(run(customers, servers, rho) for _ in range(repeats))
    print_result("mmc", "servers=%d rho=%g" % (servers, rho), "%d customers" % customers, customers,
                 cpu_s, "a process per customer, best of %d" % repeats,
                 mean_wait=round(mean_wait, 4), erlang_c=round(erlang_c_wait(servers, rho), 4))
