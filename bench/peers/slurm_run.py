#!/usr/bin/python3
"""Peer for the slurm figure: a real Slurm runs a list of jobs from the first start to the last end.

    slurm_run.py JOBS SCHEDULE [--nodes N] [--scheduler builtin|backfill] [--gpus cpu|gres] [--limit S]

JOBS       a CSV file of jobs, header `gpus,tasks,seconds,limit_min`: `tasks` tasks that start
           together, each with `gpus` GPUs inside one node, for so many seconds of wall time; the
           scheduler knows only the limit, in minutes as Slurm has it. Several tasks only of 8 GPUs
SCHEDULE   the file to write, header `job,start,end`: for each job of the list, the seconds from
           opening the partition to its start and its end as slurmctld has them (whole seconds)

A private slurmctld and one real slurmd for each of N nodes (default 64) of 8 GPUs, all on this
machine. With --gpus cpu (default) a CPU stands for a GPU, the cheaper thing for Slurm; with gres
GPUs are generic resources, chosen by index, and a task takes one CPU with them. Steps: submit every
job to a closed partition; open it; wait until the last job has ended. Jobs really run (`sleep`),
through slurmd and slurmstepd. The figure is job starts per second of slurmctld's own user + system
CPU time (/proc/PID/stat, 10 ms ticks) from opening to the last end: choosing, launching, ending,
cleaning up and its periodic work of that time. The CPU time of the submissions is reported beside
it and not in the rate; slurmd, slurmstepd and clients are not counted.

--scheduler builtin is strict first in, first out; backfill is Slurm's sched/backfill with its loop
every 2 s at a resolution of 1 s (its defaults, 30 s and 60 s, are for jobs of hours).
"""
import argparse
import csv
import datetime
import time

from slurm_private import PrivateSlurm, fail, prepare, run_and_print, slurm_version, write_whole

GPUS_PER_NODE = 8
HEADER = ["gpus", "tasks", "seconds", "limit_min"]


def read_jobs(path):
    """The list of (gpus, tasks, seconds, limit_min)."""
    try:
        with open(path, newline="") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        fail("cannot read the jobs file: %s" % error)
    if not rows or rows[0] != HEADER:
        fail("%s:1: expected the header %s" % (path, ",".join(HEADER)))
    jobs = []
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(HEADER) or not all(cell.isdigit() and int(cell) > 0 for cell in row):
            fail("%s:%d: expected four whole numbers above 0, found %s" % (path, line, ",".join(row)))
        jobs.append(tuple(map(int, row)))
        gpus, tasks, seconds, limit_min = jobs[-1]
        if gpus > GPUS_PER_NODE or (tasks > 1 and gpus < GPUS_PER_NODE):
            fail("%s:%d: expected 1..%d GPUs per task, and all of a node's where there are several tasks"
                 % (path, line, GPUS_PER_NODE))
        if seconds > 60 * limit_min:
            fail("%s:%d: the job runs longer than its limit" % (path, line))
    if not jobs:
        fail("%s: no jobs" % path)
    return jobs


def settings(scheduler):
    """slurm.conf beyond what all our Slurm peers share."""
    lines = [
        "SelectType=select/cons_tres",
        "SelectTypeParameters=CR_CPU",
        "PartitionName=p Nodes=ALL Default=YES MaxTime=INFINITE State=DOWN",
        "SchedulerType=sched/" + scheduler,
        "MinJobAge=36000",  # jobs that have ended stay on the list until we have read it
        "MessageTimeout=60",
    ]
    # defer, batch_sched_delay: no attempt to start each job as it is submitted. sched_interval: the
    # main loop also runs on its own each second, not only when something ends.
    parameters = "defer,batch_sched_delay=1,sched_interval=1"
    if scheduler == "backfill":
        parameters += ",bf_interval=2,bf_resolution=1,bf_max_job_test=1000"
    return lines + ["SchedulerParameters=" + parameters]


def seconds_of(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def measure(args, jobs):
    deadline = time.monotonic() + args.limit
    gres = args.gpus == "gres"
    with PrivateSlurm(settings(args.scheduler), args.nodes, GPUS_PER_NODE, GPUS_PER_NODE if gres else 0) as slurm:
        slurm.wait_ready(min(deadline, time.monotonic() + 60))
        before = slurm.cpu_s()
        ids = []
        for gpus, tasks, seconds, limit_min in jobs:
            size = ["--ntasks-per-node=1", "--gres=gpu:%d" % gpus] if gres else ["--ntasks-per-node=%d" % gpus]
            ids.append(slurm.call("sbatch", "--parsable", "-o/dev/null", "--no-requeue", "-D/", "-t%d" % limit_min,
                                  "-N%d" % tasks, *size, "--wrap=sleep %d" % seconds).strip())
        submitted = slurm.cpu_s()
        opened = int(time.time())
        slurm.partition("UP")
        # A poll each 2 s costs slurmctld about 1 ms.
        while slurm.call("squeue", "-h", "-o%i").split():
            if time.monotonic() > deadline:
                raise RuntimeError("the jobs did not end within the limit of %g s" % args.limit)
            time.sleep(2)
        cpu = slurm.cpu_s() - submitted
        # %T: what became of it; a job that did not run to its end is not the job of the list.
        rows = [row.split() for row in slurm.call("squeue", "-h", "-tall", "-o%i %T %S %e").splitlines()]
    found = {row[0]: row for row in rows}
    schedule = []
    for job, name in enumerate(ids):
        _, state, start, end = found.get(name, (name, "missing", "", ""))
        if state != "COMPLETED":
            raise RuntimeError("job %d of the list ended as %s" % (job, state))
        schedule.append((job, int(seconds_of(start)) - opened, int(seconds_of(end)) - opened))
    write_whole(args.schedule, "job,start,end\n" + "".join("%d,%d,%d\n" % row for row in schedule))
    return {
        "peer": "slurmctld",
        "version": slurm_version(),
        "figure": "slurm",
        "param": "nodes=%d gpus=%d scheduler=%s gpus_are=%s"
                 % (args.nodes, args.nodes * GPUS_PER_NODE, args.scheduler, args.gpus),
        "work": "%d jobs, %d tasks, from the first start to the last end" % (len(jobs), sum(j[1] for j in jobs)),
        "rate_per_s": round(len(jobs) / cpu, 3),
        "cpu_s": round(cpu, 2),
        "submit_cpu_s": round(submitted - before, 2),
        "makespan_s": max(row[2] for row in schedule),
        "note": "slurmctld user+system CPU from opening the partition to the last end",
    }


def main():
    parser = argparse.ArgumentParser(description="slurmctld's CPU time for jobs that really run")
    parser.add_argument("jobs", help="CSV file %s" % ",".join(HEADER))
    parser.add_argument("schedule", help="CSV file to write")
    parser.add_argument("--nodes", type=int, default=64)
    parser.add_argument("--scheduler", choices=["builtin", "backfill"], default="builtin")
    parser.add_argument("--gpus", choices=["cpu", "gres"], default="cpu")
    parser.add_argument("--limit", type=float, default=600, help="seconds in all (default 600)")
    args = parser.parse_args()
    prepare("slurmctld", "slurmd", "scontrol", "sinfo", "sbatch", "squeue")
    if not 1 <= args.nodes <= 500:
        fail("--nodes must be 1 to 500, a slurmd each; found %d" % args.nodes)
    run_and_print(lambda: measure(args, read_jobs(args.jobs)))


if __name__ == "__main__":
    main()
