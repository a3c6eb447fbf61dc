"""dure fleet: why a job waits, a state for Prometheus, and what both refuse."""
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


if __name__ == "__main__":
    cli.main()
