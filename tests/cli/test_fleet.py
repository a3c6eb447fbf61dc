"""dure fleet: why a job waits, a state for Prometheus, quotas for Kueue, a cluster from Slurm, and what is refused."""
import re

import cli

SCENARIO = """
world = "fleet"
title = "Two owners share"
start = "2026-01-01"
end = "2026-01-15"
[policy]
reclaim = true
[accounting]
grace = "1min"
[[node_type]]
name = "n"
gpu_model = "H"
gpus = 8
cpus = 128
memory_gib = 2048
faults_per_day = 0.05
repair = "constant(2h)"
[[workload]]
name = "train"
gpus = "empirical(8:0.5, 32:0.5)"
duration = "lognormal(median=20h, sigma=1, max=5d)"
required = "rack"
checkpoint_every = "optimal"
checkpoint = "30s"
startup = "2min"
[[owner]]
name = "A"
node_type = "n"
gpus = 128
also_on = ["*"]
load = [{ workload = "train", share = 1.3 }]
[[owner]]
name = "B"
node_type = "n"
gpus = 128
also_on = ["A"]
spares = 1
load = [{ workload = "train", share = 0.6 }]
[[account]]
name = "both"
[[account]]
name = "A"
parent = "both"
quota = [{}]
[[account]]
name = "B"
parent = "both"
quota = [{ lending = 64 }]
"""


class Fleet(cli.CliTest):
    def setUp(self):
        super().setUp()
        (self.folder / "s.toml").write_text(SCENARIO)

    def run_it(self):
        return self.dure("run", "s.toml", "--out", "r").stdout

    def test_run_shows_where_gpu_time_went(self):
        table = self.run_it()
        for kpi in ("Effective", "preempt", "Faults of nodes"):
            self.assertRegex(table, re.compile(kpi, re.IGNORECASE))
        self.assertIn("Showback", (self.folder / "r" / "report.html").read_text())

    def test_why(self):
        self.run_it()
        waiting = self.dure("fleet", "why", "r", "--at", "9d").stdout
        job = re.search(r"\S+/train#\d+", waiting)
        self.assertIsNotNone(job, waiting)
        account = job.group().split("/train#")[0]
        one = self.dure("fleet", "why", "r", "--at", "9d", "--account", account, "--top", "1").stdout
        self.assertIn(f"of account {account} wait", one)
        self.assertEqual(one.count("/train#"), 1)
        self.assertIn(account, self.refused("fleet", "why", "r", "--account", account[:-1] + "x"))
        answer = self.dure("fleet", "why", "r", job.group(), "--at", "9d").stdout
        self.assertRegex(answer, "start")
        self.assertIn("no-such-job", self.refused("fleet", "why", "r", "no-such-job"))
        self.assertIn("no-such-run", self.refused("fleet", "why", "no-such-run"))

    def test_metrics(self):
        self.run_it()
        text = self.dure("fleet", "metrics", "r").stdout
        self.assertIn("# TYPE DCGM_FI_DEV_GPU_UTIL gauge", text)
        self.assertIn('dure_fleet_gpus{', text)
        self.dure("fleet", "metrics", "r", "--out", "m.prom")
        self.assertEqual((self.folder / "m.prom").read_text(), text)

    def test_bad_keys(self):
        for old, new, message in [
                ('parent = "both"', 'parent = "bth"', "account"),
                ('checkpoint = "30s"', "", "checkpoint"),
                ('also_on = ["A"]', 'also_on = ["C"]', "also_on"),
                ('required = "rack"', 'required = "rak"', "rack"),
                ('quota = [{}]', 'quota = [{ gpu_model = "X" }]', "gpu_model"),
                ('spares = 1', 'spares = -1', "spares")]:
            (self.folder / "s.toml").write_text(SCENARIO.replace(old, new))
            self.assertIn(message, self.refused("run", "s.toml"))
        self.assertFalse(any(p.is_dir() for p in self.folder.iterdir()))


SACCT = """JobID|Account|User|Partition|QOS|Submit|Elapsed|Timelimit|State|ReqTRES|AllocTRES
1|llm|kim|gpu|normal|2026-01-01T00:00:00|10:00:00|12:00:00|COMPLETED|gres/gpu:h100=16,node=2|gres/gpu:h100=16,node=2
2|llm|lee|gpu|long|2026-01-01T00:00:10|10:00:00|12:00:00|COMPLETED|gres/gpu:h100=8,node=1|gres/gpu:h100=8,node=1
3|lab|kim|gpu|normal|2026-01-01T00:00:20|02:00:00|03:00:00|COMPLETED|gres/gpu:h100=8,node=1|gres/gpu:h100=8,node=1
4|lab|kim|gpu|normal|2026-01-01T00:00:30|02:00:00|03:00:00|COMPLETED|gres/gpu:h100=8,node=1|gres/gpu:h100=8,node=1
"""
NODES = "".join(f"NodeName=n{i} CPUTot=64 RealMemory=512000 Gres=gpu:h100:8 Partitions=gpu\n" for i in range(4))
OPERATED = """
[[site]]
name = "gpu"
nodes_per_rack = 2
faults_per_day = 0.01
[[account]]
name = "all"
[[account]]
name = "llm"
parent = "all"
quota = [{ nominal = 16, borrowing = 0 }]
[[account]]
name = "lab"
parent = "all"
quota = [{ nominal = 16 }]
[[job_kind]]
name = "long"
checkpoint = "30s"
checkpoint_every = "1h"
startup = "2min"
[[job]]
name = "what-if"
owner = "llm"
account = "llm/park"
gpus = 16
submit = "1h"
duration = "1h"
[[wait_slo]]
wait = "8h"
"""


class FromSlurm(cli.CliTest):
    """An operator imports a cluster's accounting and asks what quotas would do."""

    def setUp(self):
        super().setUp()
        (self.folder / "jobs.txt").write_text(SACCT)
        (self.folder / "nodes.txt").write_text(NODES)
        self.dure("import", "sacct", "jobs.txt", "nodes.txt", "--out", "t")

    def kpis(self, run):
        return {k["key"]: k["value"] for k in self.summary(run)["kpis"] if k["group"] == "All"}

    def operate(self, text=OPERATED):
        with open(self.folder / "t/scenario.toml", "a") as file:
            file.write(text)

    def test_import_keeps_accounts_and_qos(self):
        header, *jobs = (self.folder / "t/jobs.csv").read_text().splitlines()
        self.assertTrue(header.endswith(",account,kind"))
        self.assertTrue(jobs[1].endswith(",llm/lee,long"))
        self.dure("import", "dure", "t", "--out", "again")
        self.assertEqual((self.folder / "again/jobs.csv").read_text(), (self.folder / "t/jobs.csv").read_text())
        self.dure("run", "t", "--out", "r", "-q")
        self.assertIn("llm/kim", (self.folder / "r/report.html").read_text())

    def test_what_if(self):
        self.dure("run", "t", "--out", "before", "-q")
        self.operate()
        self.dure("run", "t", "--out", "r", "-q")
        self.assertEqual(self.kpis("before")["jobs_ended"], 4)
        self.assertEqual(self.kpis("r")["jobs_ended"], 5)
        # On four nodes the last waits for the third's 2 h; with quotas lee's and park's jobs wait for kim's 10 h instead.
        self.assertEqual(self.kpis("before")["wait_p99"], 7190)
        self.assertEqual(self.kpis("r")["wait_slo"], 60)
        waiting = self.dure("fleet", "why", "r", "--at", "3h").stdout
        self.assertIn("what-if", waiting)
        answer = self.dure("fleet", "why", "r", "2", "--at", "3h").stdout
        self.assertIn("all/llm/lee", answer)
        self.assertIn("quota", answer)
        self.assertRegex(answer, "starts +2026-01-01T10:00")
        self.assertIn('account="all/llm', self.dure("fleet", "metrics", "r").stdout)
        self.assertIn("equal", self.dure("replay", "r").stdout)

    def test_refuses(self):
        for bad, message in [
                ('[[account]]\nname = "llm"\nquota = [{ nominal = 8 }]\n', 'account lab'),
                ('[[account]]\nname = "llm"\nquota = [{}]\n', "nominal"),
                ('[[site]]\nname = "gpus"\n', 'did you mean "gpu"?'),
                ('[[job]]\nname = "j"\nowner = "llm"\ngpus = 64\nduration = "1h"\n', "fits"),
                ('[[workload]]\nname = "w"\ngpus = 1\nduration = "1h"\n', "[[job_kind]]")]:
            before = (self.folder / "t/scenario.toml").read_text()
            self.operate(bad)
            said = self.refused("run", "t", "--out", "r")
            self.assertIn(message, said)
            self.assertIn("scenario.toml", said)
            (self.folder / "t/scenario.toml").write_text(before)
        jobs = (self.folder / "t/jobs.csv").read_text()
        (self.folder / "t/jobs.csv").write_text(jobs.replace("llm/lee", "llm//lee"))
        self.assertRegex(self.refused("run", "t", "--out", "r"), r"jobs\.csv:3.*account.*llm//lee")

    def test_kueue(self):
        self.operate()
        yaml = self.dure("fleet", "kueue", "t").stdout
        for part in ("kind: Cohort", 'name: "all"', "nominalQuota: 16", "borrowingLimit: 0", 'cohortName: "all"'):
            self.assertIn(part, yaml)
        self.assertNotIn("kim", yaml)  # users without quotas use their account's queue
        self.dure("fleet", "kueue", "t", "--out", "q.yaml", "--at", "1d")
        self.assertEqual((self.folder / "q.yaml").read_text(), yaml)
        self.assertIn("nominalQuota: 9", self.dure("fleet", "kueue", "t", "--set", "account.lab.quota.0.nominal=9").stdout)
        # The same quotas, read back, hold the same jobs.
        self.dure("run", "t", "--out", "a", "-q")
        text = (self.folder / "t/scenario.toml").read_text()
        first, last = text.index('[[account]]'), text.index("[[job_kind]]")
        (self.folder / "t/scenario.toml").write_text(
            text[:first] + '[accounts]\nkueue = "../q.yaml"\n' + text[last:])
        self.dure("run", "t", "--out", "b", "-q")
        self.assertEqual(self.kpis("a")["wait_p99"], self.kpis("b")["wait_p99"])
        self.assertEqual(sorted(self.dure("fleet", "kueue", "t").stdout.split("---")), sorted(yaml.split("---")))

    def test_kueue_refuses(self):
        self.assertIn("quota", self.refused("fleet", "kueue", "t"))
        self.operate()
        self.assertIn("--at", self.refused("fleet", "kueue", "t", "--at", "soon"))
        self.assertIn("fleet", self.refused("fleet", "kueue", "minifab"))
        self.assertIn("--out", self.refused("fleet", "kueue", "t", "--out", "no/q.yaml"))
        self.assertIn("dure fleet kueue cluster.toml", self.dure("fleet", "kueue", "--help").stdout)


if __name__ == "__main__":
    cli.main()


STATE = """JobID|Account|User|Partition|Submit|Start|End|Elapsed|Timelimit|State|ReqTRES|AllocTRES|NodeList
0|llm|kim|gpu|2026-01-05T00:00:00|2026-01-05T00:00:00|2026-01-05T01:00:00|01:00:00|1-00:00:00|COMPLETED|gres/gpu=8,node=1|gres/gpu=8,node=1|n3
1|llm|kim|gpu|2026-01-05T01:00:00|2026-01-05T01:05:00|2026-01-05T05:05:00|04:00:00|1-00:00:00|COMPLETED|gres/gpu=16,node=2|gres/gpu=16,node=2|n[1-2]
2|llm|kim|gpu|2026-01-05T02:00:00|2026-01-05T05:05:10|Unknown|06:54:50|1-00:00:00|RUNNING|gres/gpu=16,node=2|gres/gpu=16,node=2|n[1-2]
3|lab|lee|gpu|2026-01-05T03:00:00|2026-01-05T03:00:10|Unknown|08:59:50|12:00:00|RUNNING|gres/gpu=4,node=1|gres/gpu=4,node=1|n0
4|lab|lee|gpu|2026-01-05T11:00:00|Unknown|Unknown|00:00:00|12:00:00|PENDING|gres/gpu=8,node=1||None assigned
5|llm|park|gpu|2026-01-05T11:30:00|Unknown|Unknown|00:00:00|02:00:00|PENDING|gres/gpu=4,node=1||None assigned
"""


class LiveState(cli.CliTest):
    """An operator asks what jobs of the cluster, as it is now, wait for."""

    def setUp(self):
        super().setUp()
        nodes = NODES.splitlines()
        states = ["MIXED+DRAIN", "ALLOCATED", "ALLOCATED", "DOWN+NOT_RESPONDING"]
        (self.folder / "jobs.txt").write_text(STATE)
        (self.folder / "nodes.txt").write_text("".join(f"{n} State={s}\n" for n, s in zip(nodes, states)))
        told = self.dure("import", "sacct", "jobs.txt", "nodes.txt", "--option", "unfinished=limit", "--out", "t").stdout
        self.assertIn("as recorded until 2026-01-05T12:00:00Z", told)
        self.dure("run", "t", "--out", "r", "-q")

    def why(self, *job):
        return self.dure("fleet", "why", "r", *job, "--at", "now").stdout

    def test_what_runs_is_where_it_is_and_what_waits_has_a_forecast(self):
        kpis = {k["key"]: k["value"] for k in self.summary("r")["kpis"] if k["group"] == "All"}
        self.assertEqual(kpis["jobs_as_recorded"], 4)
        self.assertEqual(kpis["jobs_not_as_recorded"], 0)
        self.assertEqual(kpis["jobs_ended"], 6)
        self.assertIn("2 jobs wait at 2026-01-05T12:00:00Z", self.why())
        self.assertRegex(self.why("2"), "since 2026-01-05T05:05:10Z.*\n.*n1, n2")
        self.assertRegex(self.why("4"), "starts +2026-01-06T05:05:10Z")  # when n1 and n2 are free
        park = self.why("5")  # four GPUs of n0 are free, but it drains
        self.assertRegex(park, "starts +2026-01-06T05:05:10Z")
        self.assertIn("window", park)

    def test_now_is_only_of_such_a_run(self):
        (self.folder / "s.toml").write_text(SCENARIO)
        self.dure("run", "s.toml", "--out", "s", "-q")
        self.assertIn("as_recorded_until", self.refused("fleet", "why", "s", "--at", "now"))
