#!/usr/bin/python3
"""Peer for the placement figure: a real slurmctld starting mixed gang jobs on a nearly full fleet.

    slurm_place.py [NODES] [JOBS] [OUT] [--fill whole|ragged] [--scheduler tuned|default] [--limit S]

NODES   nodes of 8 GPUs each (default 32500, i.e. 260,000 GPUs)
JOBS    a CSV file of jobs, header `gpus,tasks` (see gang_mix.py), or a number N, which stands for
        the list `gang_mix.py N 1` (default 300)
OUT     also write the JSON line into this file (default: stdout only)

A private slurmctld (its own slurm.conf, state and log in a temporary folder, bound to 127.0.0.1)
gets NODES nodes in state CLOUD with ResumeProgram=/bin/true, so no slurmd exists: a job counts as
started once slurmctld has chosen and reserved its nodes and GPUs (state CONFIGURING), which is the
work our own figure does too. Steps: fill the fleet to 95 % of its GPUs; close the partition; submit
the jobs; open the partition; wait until every job has started. The figure is slurmctld's own user +
system CPU time (/proc/PID/stat, 10 ms ticks) from opening to all started, divided by the jobs. The
CPU time of the submissions, where Slurm checks each job against all nodes as well, is reported
beside it and is not in the rate. Jobs are taken from the head of the list for as long as they
surely fit, and while time is left; the JSON line states how many.

The settings favour Slurm; each is explained in settings(). --scheduler default instead leaves the
scheduler as Slurm's defaults have it (sched/backfill) and the partition open while submitting, so
that the CPU time of submissions and starts cannot be told apart: both are in the rate then.
--fill whole packs the load into 95 % of the nodes (what Slurm likes best); ragged leaves half of
the free GPUs as single free GPUs on otherwise busy nodes, as a fleet looks after a day's work.

All is over after --limit seconds (default 240) at the latest, see slurm_private.py for how it ends.
"""
import argparse
import csv
import time

from gang_mix import gang_mix
from slurm_private import PrivateSlurm, fail, prepare, run_and_print, slurm_version

GPUS_PER_NODE = 8
FILL = 0.95  # share of all GPUs in use before the measured jobs come
FILL_JOBS = 32  # the load is that many large jobs per kind of node
SLEEP_FOREVER = "sleep 1000000"  # never runs: there is no slurmd


def read_jobs(source):
    """The list of (gpus per task, tasks), [jobs]."""
    if source.isdigit():
        return gang_mix(int(source), 1)
    try:
        with open(source, newline="") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        fail("cannot read the jobs file: %s" % error)
    if not rows or rows[0] != ["gpus", "tasks"]:
        fail("%s:1: expected the header gpus,tasks, found %s" % (source, ",".join(rows[0]) if rows else "an empty file"))
    jobs = []
    for line, row in enumerate(rows[1:], 2):
        if len(row) != 2 or not all(cell.isdigit() for cell in row):
            fail("%s:%d: expected two whole numbers gpus,tasks, found %s" % (source, line, ",".join(row)))
        gpus, tasks = map(int, row)
        if not 1 <= gpus <= GPUS_PER_NODE or tasks < 1:
            fail("%s:%d: expected 1..%d GPUs per task and at least one task" % (source, line, GPUS_PER_NODE))
        jobs.append((gpus, tasks))
    return jobs


def those_that_fit(jobs, free_nodes):
    """The longest head of the list that fits on free_nodes whole nodes with 5 % to spare."""
    need = 0.0  # nodes
    for count, (gpus, tasks) in enumerate(jobs):
        need += tasks * gpus / GPUS_PER_NODE if GPUS_PER_NODE % gpus == 0 else tasks
        if need > 0.95 * free_nodes:
            return jobs[:count]
    return jobs


def settings(nodes, tuned):
    """slurm.conf beyond what all our Slurm peers share."""
    lines = [
        # GPUs as consumable resources; one CPU per GPU keeps Slurm's core bitmaps short. The choice
        # of nodes is Slurm's default best fit by consecutive nodes: no CR_LLN, no topology.
        "SelectType=select/cons_tres",
        "SelectTypeParameters=CR_CPU",
        "GresTypes=gpu",
        # CLOUD nodes need no slurmd until they are "resumed", which never ends here. Power saving is
        # off (SuspendTime); with it on, the CPU time came out the same.
        "ResumeProgram=/bin/true",
        "SuspendProgram=/bin/true",
        "ResumeRate=0",
        "ResumeTimeout=7200",
        "SuspendTime=-1",
        "SlurmdTimeout=0",
        "TreeWidth=65533",
        "NodeName=n[1-%d] State=CLOUD CPUs=%d RealMemory=1000 Gres=gpu:%d" % (nodes, GPUS_PER_NODE, GPUS_PER_NODE),
        "PartitionName=p Nodes=ALL Default=YES MaxTime=INFINITE State=DOWN",
        "SchedulerType=sched/backfill",
    ]
    if tuned:
        # defer, batch_sched_delay: no attempt to start each job as it is submitted. The main loop
        # then goes through the whole queue (default_queue_depth), for 20 s at a time before it lets
        # clients in (max_sched_time, MessageTimeout; Slurm's default is 2 s), and goes on at once
        # (sched_min_interval, sched_interval). The jobs all fit, so strict order starts them all,
        # and the backfill loop, which would only redo work, is off.
        lines.append("SchedulerParameters=defer,batch_sched_delay=1,default_queue_depth=100000,"
                     "max_sched_time=20,sched_min_interval=0,sched_interval=1,bf_interval=-1")
        lines.append("MessageTimeout=60")
    return lines


class CloudSlurm(PrivateSlurm):
    def submit(self, gpus, tasks):
        """One task has `gpus` GPUs inside one node."""
        if gpus == GPUS_PER_NODE or tasks == 1:
            shape = ["-N%d" % tasks, "--ntasks-per-node=1", "--gres=gpu:%d" % gpus]
        else:
            shape = ["-n%d" % tasks, "--gpus-per-task=%d" % gpus]
        self.call("sbatch", "-Q", "-o/dev/null", "--no-requeue", *shape, "--wrap=" + SLEEP_FOREVER)

    def pending(self):
        return len(self.call("squeue", "-h", "-tPD", "-o%i").split())

    def wait_started(self, deadline):
        """Polls once a second (a poll costs about 1 ms of slurmctld's CPU time); the number left."""
        while True:
            left = self.pending()
            if left == 0 or time.monotonic() > deadline:
                return left
            time.sleep(1)


def load(nodes, fill):
    """What fills the fleet: [(nodes, GPUs used on each)], and the number of nodes left empty."""
    free_gpus = round(nodes * GPUS_PER_NODE * (1 - FILL))
    single = free_gpus // 2 if fill == "ragged" else 0  # nodes with one free GPU
    empty = (free_gpus - single) // GPUS_PER_NODE
    blocks = [(nodes - empty - single, GPUS_PER_NODE), (single, GPUS_PER_NODE - 1)]
    return [(count, gpus) for count, gpus in blocks if count], empty


def measure(args, jobs):
    deadline = time.monotonic() + args.limit
    tuned = args.scheduler == "tuned"
    blocks, empty = load(args.nodes, args.fill)
    jobs = those_that_fit(jobs, empty)
    if not jobs:
        fail("no job of the list fits on the %d empty nodes; take more nodes or smaller jobs" % empty)

    with CloudSlurm(settings(args.nodes, tuned)) as slurm:
        slurm.wait_ready(min(deadline, time.monotonic() + 60))
        for count, gpus in blocks:
            for k in range(FILL_JOBS):
                share = count * (k + 1) // FILL_JOBS - count * k // FILL_JOBS
                if share:
                    slurm.submit(gpus, share)
            slurm.partition("UP")  # block by block: Slurm fills whole nodes first
            if slurm.wait_started(deadline):
                raise RuntimeError("the load that fills the fleet did not start in time")
            slurm.partition("DOWN")

        if not tuned:
            slurm.partition("UP")
        submit_until = (time.monotonic() + deadline) / 2
        before = slurm.cpu_s()
        submitted = 0
        while submitted < len(jobs) and time.monotonic() < submit_until:
            slurm.submit(*jobs[submitted])
            submitted += 1
        opened = slurm.cpu_s()
        slurm.partition("UP")
        left = slurm.wait_started(deadline)
        after = slurm.cpu_s()

    # Should time run out, the jobs that started are the first of the list: order is strict.
    started = submitted - left
    tasks = sum(tasks for _, tasks in jobs[:started])
    cpu = after - (opened if tuned else before)
    if started == 0:
        raise RuntimeError("no job started within the limit of %g s" % args.limit)
    if cpu < 0.1:
        raise RuntimeError("only %.2f s of CPU time, too little for 10 ms ticks; take more nodes or jobs" % cpu)
    return {
        "peer": "slurmctld",
        "version": slurm_version(),
        "figure": "place",
        "param": "nodes=%d gpus=%d load=%d%% fill=%s scheduler=%s"
                 % (args.nodes, args.nodes * GPUS_PER_NODE, round(100 * FILL), args.fill, args.scheduler),
        "work": "%d job starts, %d tasks, from the first %d jobs of the list" % (started, tasks, submitted),
        "rate_per_s": round(started / cpu, 3),
        "cpu_s": round(cpu, 2),
        "jobs": started,
        "tasks": tasks,
        "cpu_s_per_start": round(cpu / started, 5),
        "cpu_s_per_task": round(cpu / tasks, 5),
        "submit_cpu_s": round(opened - before, 2),
        "not_started": left,
        "note": "slurmctld user+system CPU from opening the partition to all started"
                if tuned else "slurmctld user+system CPU of submissions and starts together",
    }


def main():
    parser = argparse.ArgumentParser(description="slurmctld's CPU time per gang job start on a nearly full fleet")
    parser.add_argument("nodes", nargs="?", type=int, default=32500)
    parser.add_argument("jobs", nargs="?", default="300", help="CSV file `gpus,tasks`, or a number of jobs")
    parser.add_argument("out", nargs="?", default="-")
    parser.add_argument("--fill", choices=["whole", "ragged"], default="whole")
    parser.add_argument("--scheduler", choices=["tuned", "default"], default="tuned")
    parser.add_argument("--limit", type=float, default=240, help="seconds in all (default 240)")
    args = parser.parse_args()

    prepare("slurmctld", "scontrol", "sinfo", "sbatch", "squeue")
    if args.nodes < 40:
        fail("NODES must be at least 40, so that 5 %% of them are two nodes; found %d" % args.nodes)
    run_and_print(lambda: measure(args, read_jobs(args.jobs)), None if args.out == "-" else args.out)


if __name__ == "__main__":
    main()
