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

The settings favour Slurm; each is explained in slurm_conf(). --scheduler default instead leaves the
scheduler as Slurm's defaults have it (sched/backfill) and the partition open while submitting, so
that the CPU time of submissions and starts cannot be told apart: both are in the rate then.
--fill whole packs the load into 95 % of the nodes (what Slurm likes best); ragged leaves half of
the free GPUs as single free GPUs on otherwise busy nodes, as a fleet looks after a day's work.

The daemon is always killed: on error, on a signal, after --limit seconds (default 240) and, by
PR_SET_PDEATHSIG, even if this script is killed with SIGKILL.
"""
import argparse
import csv
import ctypes
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from gang_mix import gang_mix

GPUS_PER_NODE = 8
FILL = 0.95  # share of all GPUs in use before the measured jobs come
FILL_JOBS = 32  # the load is that many large jobs per kind of node
SLEEP_FOREVER = "sleep 1000000"  # never runs: there is no slurmd


def fail(message):
    """A user's mistake or a missing package: one sentence, exit code 2."""
    print("slurm_place.py: " + message, file=sys.stderr)
    sys.exit(2)


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


def slurm_conf(folder, nodes, port, tuned):
    """slurm.conf. Everything that costs CPU time and that placement does not need is off."""
    lines = [
        "ClusterName=bench",
        "SlurmctldHost=%s(127.0.0.1)" % socket.gethostname().split(".")[0],
        "SlurmctldPort=%d" % port,
        # Listen on 127.0.0.1 only: auth/none believes whatever a client says.
        "CommunicationParameters=NoCtldInAddrAny",
        # No munge: no credential is signed or checked, which saves CPU time.
        "AuthType=auth/none",
        "CredType=cred/none",
        "SlurmUser=%s" % pwd.getpwuid(os.getuid()).pw_name,
        "StateSaveLocation=%s/state" % folder,
        "SlurmctldPidFile=%s/slurmctld.pid" % folder,
        "SlurmctldLogFile=%s/slurmctld.log" % folder,
        "SlurmctldDebug=error",
        # No accounting, no multi-factor priority, no plugins that only matter on a node.
        "AccountingStorageType=accounting_storage/none",
        "JobCompType=jobcomp/none",
        "JobAcctGatherType=jobacct_gather/none",
        "PriorityType=priority/basic",
        "ProctrackType=proctrack/pgid",
        "TaskPlugin=task/none",
        "MpiDefault=none",
        "MailProg=/bin/true",
        "MaxJobCount=100000",
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
        "InactiveLimit=0",
        "ReturnToService=2",
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
    return "\n".join(lines) + "\n"


class Slurmctld:
    """A private slurmctld, as a context: it is dead and its folder gone afterwards."""

    def __init__(self, nodes, tuned):
        self.nodes, self.tuned = nodes, tuned
        self.process = None

    def __enter__(self):
        # State files in memory where possible: no disk in the figure.
        parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="dure-slurm-", dir=parent)
        try:
            os.mkdir(self.folder + "/state")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            conf = self.folder + "/slurm.conf"
            with open(conf, "w") as file:
                file.write(slurm_conf(self.folder, self.nodes, port, self.tuned))
            # Settings of a Slurm that this machine may belong to must not reach ours.
            self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH", "SQUEUE"))}
            self.env["SLURM_CONF"] = conf
            # The daemon dies with us; its helper slurmscriptd, which sees its pipe close and ends,
            # becomes our child then, so that we can wait for it.
            pr_set_pdeathsig, pr_set_child_subreaper = 1, 36
            libc = ctypes.CDLL(None)
            libc.prctl(pr_set_child_subreaper, 1)
            with open(self.folder + "/out", "w") as out:
                self.process = subprocess.Popen(
                    ["slurmctld", "-D", "-f", conf], env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                    start_new_session=True, preexec_fn=lambda: libc.prctl(pr_set_pdeathsig, signal.SIGKILL))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            for _ in range(50):  # helpers, at most 5 s
                try:
                    if os.waitpid(-1, os.WNOHANG)[0] == 0:
                        time.sleep(0.1)
                except ChildProcessError:
                    break
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """The end of what slurmctld said, for an error message."""
        try:
            with open(self.folder + "/out") as file:
                return " | ".join(file.read().splitlines()[-5:])
        except OSError:
            return ""

    def call(self, *command):
        """Runs one Slurm client and returns its output."""
        done = subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError("%s: %s; slurmctld: %s" % (" ".join(command), done.stderr.strip(), self.log()))
        return done.stdout

    def wait_ready(self, deadline):
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if " UP" in self.call("scontrol", "ping"):
                    return
            except RuntimeError:
                pass  # not listening yet
            time.sleep(0.2)
        raise RuntimeError("slurmctld did not come up: " + self.log())

    def cpu_s(self):
        """User + system CPU time of slurmctld itself, all its threads, in seconds."""
        with open("/proc/%d/stat" % self.process.pid) as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def partition(self, state):
        self.call("scontrol", "update", "PartitionName=p", "State=" + state)

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

    with Slurmctld(args.nodes, tuned) as slurm:
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


def slurm_version():
    return subprocess.run(["slurmctld", "-V"], stdout=subprocess.PIPE, universal_newlines=True).stdout.split()[-1]


def main():
    parser = argparse.ArgumentParser(description="slurmctld's CPU time per gang job start on a nearly full fleet")
    parser.add_argument("nodes", nargs="?", type=int, default=32500)
    parser.add_argument("jobs", nargs="?", default="300", help="CSV file `gpus,tasks`, or a number of jobs")
    parser.add_argument("out", nargs="?", default="-")
    parser.add_argument("--fill", choices=["whole", "ragged"], default="whole")
    parser.add_argument("--scheduler", choices=["tuned", "default"], default="tuned")
    parser.add_argument("--limit", type=float, default=240, help="seconds in all (default 240)")
    args = parser.parse_args()

    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in ("slurmctld", "scontrol", "sbatch", "squeue") if not shutil.which(tool)]
    if missing:
        fail("%s not found; run bench/install-peers" % ", ".join(missing))
    if args.nodes < 40:
        fail("NODES must be at least 40, so that 5 %% of them are two nodes; found %d" % args.nodes)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))

    try:
        line = json.dumps(measure(args, read_jobs(args.jobs)))
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        print("slurm_place.py: %s" % error, file=sys.stderr)
        sys.exit(1)
    print(line)
    if args.out != "-":
        with open(args.out + ".part", "w") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(args.out + ".part", args.out)


if __name__ == "__main__":
    main()
