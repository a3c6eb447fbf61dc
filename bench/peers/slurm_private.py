"""What the Slurm peers share: a private Slurm on 127.0.0.1 that is gone afterwards.

Its slurm.conf, state, spool and logs are in a temporary folder; the system's Slurm, its munged and
its settings are not touched. Everything is killed and removed on every way out, even if the script
is killed with SIGKILL: the work is done by a child, which is told of its parent's death.
"""
import ctypes
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.basename(sys.argv[0])


def fail(message):
    """A user's mistake or a missing package: one sentence, exit code 2."""
    print("%s: %s" % (PROGRAM, message), file=sys.stderr)
    sys.exit(2)


SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def prepare(*tools):
    """Looks for the programs; goes on in a child that signals end through its clean-up."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        fail("%s not found; run bench/install-peers" % ", ".join(missing))
    parent = os.getpid()
    child = os.fork()
    if child:
        for number in SIGNALS:
            signal.signal(number, lambda received, _: os.kill(child, received))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.exit(status if status >= 0 else 128 - status)
    for number in SIGNALS:
        signal.signal(number, stop)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


def stop(received, _):
    """Once: a second signal must not cut the clean-up short."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + received)


def run_and_print(measure, out=None):
    """Prints the JSON line of measure() and writes it into the file `out`, too."""
    try:
        line = json.dumps(measure())
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        print("%s: %s" % (PROGRAM, error), file=sys.stderr)
        sys.exit(1)
    print(line)
    if out:
        write_whole(out, line + "\n")


def write_whole(path, text):
    """A killed run leaves no half a file."""
    with open(path + ".part", "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


def slurm_version():
    return subprocess.run(["slurmctld", "-V"], stdout=subprocess.PIPE, universal_newlines=True).stdout.split()[-1]


def free_ports(count):
    """Ports of 127.0.0.1 that nobody uses, all held until the last is found."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def some_devices(count):
    """Character devices that every system has, to stand for GPUs."""
    found = [entry.path for entry in sorted(os.scandir("/dev"), key=lambda entry: entry.name)
             if not entry.is_symlink() and stat.S_ISCHR(entry.stat().st_mode)]
    if len(found) < count:
        raise RuntimeError("%d character devices expected in /dev, found %d" % (count, len(found)))
    return found[:count]


def common_conf(folder, port):
    """slurm.conf but for nodes and scheduling. What costs CPU time and placement does not need is off."""
    user = pwd.getpwuid(os.getuid()).pw_name
    return [
        "ClusterName=bench",
        "SlurmctldHost=%s(127.0.0.1)" % socket.gethostname().split(".")[0],
        "SlurmctldPort=%d" % port,
        # Listen on 127.0.0.1 only: auth/none believes whatever a client says.
        "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny",
        # No munge: no credential is signed or checked, which saves CPU time.
        "AuthType=auth/none",
        "CredType=cred/none",
        "SlurmUser=%s" % user,
        "SlurmdUser=%s" % user,
        "StateSaveLocation=%s/state" % folder,
        "SlurmctldPidFile=%s/slurmctld.pid" % folder,
        "SlurmctldLogFile=%s/slurmctld.log" % folder,
        "SlurmctldDebug=error",
        "SlurmdSpoolDir=%s/spool.%%n" % folder,
        "SlurmdPidFile=%s/slurmd.%%n.pid" % folder,
        "SlurmdLogFile=%s/slurmd.%%n.log" % folder,
        "SlurmdDebug=error",
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
        "InactiveLimit=0",
        "ReturnToService=2",
    ]


class PrivateSlurm:
    """A private slurmctld, and a slurmd for each node if wanted, as a context.

    settings  lines of slurm.conf beyond common_conf()
    slurmds   so many nodes n1, n2 ... of `cpus` CPUs and `gpus` GPUs are real: each has a slurmd
    """

    def __init__(self, settings, slurmds=0, cpus=0, gpus=0):
        self.settings, self.slurmds, self.cpus, self.gpus = settings, slurmds, cpus, gpus
        self.process = None
        self.daemons = []

    def __enter__(self):
        # State files in memory where possible: no disk in the figure.
        parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="dure-slurm-", dir=parent)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        os.mkdir(self.folder + "/state")
        port, *ports = free_ports(1 + self.slurmds)
        lines = common_conf(self.folder, port) + self.settings
        if ports:
            # Nodes have what slurm.conf says, whatever the machine has.
            lines.append("SlurmdParameters=config_overrides")
            gres = " Gres=gpu:%d" % self.gpus if self.gpus else ""
            lines += ["NodeName=n%d NodeHostname=%s NodeAddr=127.0.0.1 Port=%d CPUs=%d RealMemory=1000%s"
                      % (k + 1, socket.gethostname().split(".")[0], node_port, self.cpus, gres)
                      for k, node_port in enumerate(ports)]
            if self.gpus:
                # slurmd wants a device for each GPU and only looks whether it is there.
                lines.append("GresTypes=gpu")
                with open(self.folder + "/gres.conf", "w") as file:
                    file.writelines("Name=gpu File=%s\n" % device for device in some_devices(self.gpus))
            # The plugin that a slurmd can load without systemd; nothing uses it.
            with open(self.folder + "/cgroup.conf", "w") as file:
                file.write("CgroupPlugin=cgroup/v1\n")
        conf = self.folder + "/slurm.conf"
        with open(conf, "w") as file:
            file.write("\n".join(lines) + "\n")
        # Settings of a Slurm that this machine may belong to must not reach ours.
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH", "SQUEUE"))}
        self.env["SLURM_CONF"] = conf
        # What daemons leave (slurmscriptd, slurmstepd and its job) becomes our child, so that we
        # can end it and wait for it.
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.process = self.spawn("slurmctld", "-D", "-f", conf)
        for k in range(self.slurmds):
            os.mkdir("%s/spool.n%d" % (self.folder, k + 1))
            self.spawn("slurmd", "-D", "-f", conf, "-N", "n%d" % (k + 1))

    def spawn(self, *command):
        with open(self.folder + "/out", "a") as out:
            self.daemons.append(subprocess.Popen(
                command, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)))
        return self.daemons[-1]

    def __exit__(self, *_):
        for daemon in self.daemons:
            try:
                os.killpg(daemon.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            daemon.wait()
        for _ in range(50):  # what they left, at most 5 s
            for child in children():
                os.kill(child, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
                time.sleep(0.1)
            except ChildProcessError:
                break
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """The end of what the daemons said, for an error message."""
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
        """Until slurmctld answers and every slurmd has told it of its node."""
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if " UP" in self.call("scontrol", "ping"):
                    if not self.slurmds:
                        return
                    idle = self.call("sinfo", "-h", "-tidle", "-o%D").split()
                    if sum(map(int, idle)) == self.slurmds:
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


def children():
    """The processes whose parent is this one."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as file:
                state, parent = file.read().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue  # gone meanwhile
        if int(parent) == os.getpid() and state != "Z":
            found.append(int(name))
    return found
