"""dure import: a trace becomes a folder that runs, to the last event."""
import cli

NODES = "node,gpus,cpu_milli,memory_mib\nn0,8,64000,512000\nn1,8,64000,512000\n"
JOBS = "job,submit,duration_s,gpus\na,0,100,8\nb,1.5,50,8\nc,2,10,4\nd,300,33.25,1\n"


class Import(cli.CliTest):
    def setUp(self):
        super().setUp()
        (self.folder / "mine").mkdir()
        (self.folder / "mine/nodes.csv").write_text(NODES)
        (self.folder / "mine/jobs.csv").write_text(JOBS)

    def test_runs_to_the_last_event(self):
        out = self.dure("import", "dure", "mine", "--out", "trace", "--name", 'A "small" trace').stdout
        self.assertIn("2 nodes with 16 GPUs, 4 jobs", out)
        self.dure("run", "trace", "--out", "a", "-q")
        self.dure("run", "trace", "--out", "b", "-q", "--snapshot-every", "0")
        run = self.summary("a")["run"]
        self.assertEqual(run["title"], 'A "small" trace')
        self.assertEqual(self.digest("a"), self.digest("b"))
        kpis = {kpi["key"]: kpi["value"] for kpi in self.summary("a")["kpis"] if kpi["group"] == "All"}
        self.assertEqual(kpis["jobs_ended"], 4)
        self.assertIn("equal", self.dure("replay", "a").stdout)

    def test_refuses(self):
        self.assertIn("new or empty", self.refused("import", "dure", "mine", "--out", "mine"))
        self.assertIn("--option", self.refused("import", "dure", "mine", "--option", "x"))
        self.assertIn("expected", self.refused("import", "dure", "mine", "--option", "x=1", "--out", "t"))
        (self.folder / "mine/jobs.csv").write_text(JOBS.replace("50,8", "50,eight"))
        message = self.refused("import", "dure", "mine", "--out", "t")
        self.assertRegex(message, r"jobs\.csv:3.*gpus")
        self.assertFalse((self.folder / "t").exists())


if __name__ == "__main__":
    cli.main()
