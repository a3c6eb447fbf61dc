"""dure plan training: the plan, its JSON, the scenario it writes, and what it refuses."""
import json
import tomllib

import cli

LLAMA = ["plan", "training", "--params", "405e9", "--tokens", "15e12", "--gpus", "16384"]


class Plan(cli.CliTest):
    def test_help(self):
        for words in (["plan"], ["plan", "--help"]):
            self.assertIn("dure plan training --params", self.dure(*words).stdout)
        self.assertIn("--node-mtbf", self.dure("plan", "training", "--help").stdout)

    def test_table(self):
        done = self.dure(*LLAMA).stdout
        self.assertRegex(done, r"\nsplit +tensor 8, pipeline 16 \(x 8 chunks\), data 128;")
        self.assertRegex(done, r"\n *\d+\.\d +4\d\.\d +\d\.\d\d +8 +1 +16x8 +128 ")
        self.assertIn("assumed: GPUs fail as in Llama 3's training", done)
        self.assertEqual(self.dure(*LLAMA).stdout, done)

    def test_json(self):
        plan = json.loads(self.dure(*LLAMA, "--json", "--top", "3", "--price", "2").stdout)
        self.assertEqual([plan["model"]["name"], len(plan["plans"])], ["llama3-405b", 3])
        best = plan["plans"][0]
        self.assertEqual(best["gpus"] + best["idle_gpus"], 16384)
        self.assertAlmostEqual(best["cost"] / (2 * 16384 * best["time_s"] / 3600), 1)
        self.assertAlmostEqual(best["productive_s"] / best["time_s"] / best["effective"], 1)
        parts = best["step"]
        self.assertAlmostEqual(sum(parts[k] for k in parts if k.endswith("_s") and k not in ("step_s", "tokens_per_s")),
                               parts["step_s"])

    def test_failures(self):
        plan = json.loads(self.dure(*LLAMA, "--json", "--node-mtbf", "1000h", "--checkpoint-cost", "30s",
                                    "--checkpoint-interval", "20min", "--restart", "5min").stdout)["plans"][0]
        checkpoints = plan["checkpointing"]
        self.assertAlmostEqual(checkpoints["mtbf_s"], 3600 * 1000 / (plan["gpus"] / 8), 0)
        self.assertAlmostEqual(checkpoints["interval_s"], 1200, delta=5)
        self.assertAlmostEqual(checkpoints["cost_s"], 30)
        self.assertAlmostEqual(checkpoints["restart_s"], 300)

    def test_write(self):
        plan = json.loads(self.dure(*LLAMA, "--json", "--write", "training.toml").stdout)["plans"][0]
        scenario = tomllib.loads((self.folder / "training.toml").read_text())
        self.assertEqual(scenario["job"][0]["gpus"], 16384)
        self.assertEqual(scenario["job_kind"][0]["name"], scenario["job"][0]["kind"])
        run = self.dure("run", "training.toml", "--out", "run")
        self.assertIn("Training of llama3-405b", run.stdout)
        kpis = {k["key"]: k["value"] for k in self.summary("run")["kpis"] if k["group"] == "All"}
        self.assertEqual(kpis["jobs_ended"], 1)
        # As long as expected, but for luck with some hundred failures.
        self.assertAlmostEqual(kpis["gpu_hours"] / (plan["gpus"] * plan["time_s"] / 3600), 1, delta=0.03)

    def test_written_scenario_meets_the_plan(self):
        def run(tokens):
            words = ["plan", "training", "--params", "7e9", "--tokens", tokens, "--gpus", "64", "--seq", "4096",
                     "--batch-tokens", "4e6", "--write", tokens + ".toml"]
            plan = json.loads(self.dure(*words, "--json").stdout)["plans"][0]
            self.dure("run", tokens + ".toml", "--out", tokens, "-q", "--set", "job_kind.0.faults_per_day=0")
            kpis = {k["key"]: k["value"] for k in self.summary(tokens)["kpis"] if k["group"] == "All"}
            return kpis["gpu_hours"] / (plan["gpus"] * plan["time_s"] / 3600), kpis["energy"] / plan["energy_mwh"]

        # Four hours with a first start of 12 min; failures hardly come.
        self.assertAlmostEqual(run("1e10")[0], 1, delta=0.005)
        # The run's nodes draw in full while a job starts, so over a longer time.
        self.assertAlmostEqual(run("1e11")[1], 1, delta=0.01)

    def test_write_keeps_what_is_there(self):
        words = ["plan", "training", "--params", "8e9", "--tokens", "1e11", "--gpus", "8", "--write", "job.toml"]
        self.dure(*words)
        (self.folder / "job.toml").write_text("mine")
        self.assertIn("job.toml: --write: expected a new file, found one that is there", self.refused(*words))
        self.assertEqual((self.folder / "job.toml").read_text(), "mine")

    def test_never_gets_on(self):
        words = ["plan", "training", "--params", "405e9", "--tokens", "1e12", "--gpus", "16384", "--restart", "1d",
                 "--node-mtbf", "8min"]
        self.assertRegex(self.dure(*words, expect=1).stdout,
                         r"\AThis training would take more than 292 years: [\d,.]+ days of steps, with a failure every "
                         r".* s that takes 1 d to restart\.\n\Z")
        self.assertIn("--write: expected a plan of less than 100 years", self.refused(*words, "--write", "job.toml"))
        self.assertFalse((self.folder / "job.toml").exists())

    def test_more_gpus_are_never_worse(self):
        before = float("inf")
        for gpus in ("5e4", "65536", "1e5", "2e5", "1e6"):
            done = json.loads(self.dure("plan", "training", "--params", "1e12", "--tokens", "15e12", "--top", "1",
                                        "--json", "--gpus", gpus).stdout)["plans"][0]
            self.assertLessEqual(done["time_s"], before)
            before = done["time_s"]
        self.assertRegex(self.dure("plan", "training", "--params", "1e12", "--tokens", "15e12", "--gpus", "1e6").stdout,
                         r"\nGPUs +[\d,]+ used, [\d,]+ idle: with more, failures would cost more time than they save\n")

    def test_small_counts(self):
        done = self.dure("plan", "training", "--params", "8e9", "--tokens", "1", "--gpus", "8").stdout
        self.assertIn("\n1 token in sequences of 8,192, on 8 h100\n", done)
        self.assertRegex(done, "; 1 step\n")
        self.assertRegex(done, "\ntime +[0-9.]+ min: ")

    def test_does_not_fit(self):
        words = ["plan", "training", "--params", "405e9", "--tokens", "1e12", "--gpus", "64", "--write", "job.toml"]
        done = self.dure(*words, expect=1).stdout
        self.assertRegex(done, r"\AThis model does not fit on 64 h100; the fewest that hold it are \d+ h100\.\n\Z")
        plan = json.loads(self.dure(*words, "--json", expect=1).stdout)
        self.assertEqual(plan["plans"], [])
        self.assertIn(f"are {plan['fewest_gpus']} h100", done)
        self.assertFalse((self.folder / "job.toml").exists())
        words[words.index("64")] = plan["fewest_gpus"]
        self.dure(*words)

    def test_refuses(self):
        before = self.files()
        few = ["plan", "training", "--tokens", "1e12", "--gpus", "8"]
        self.assertIn("expected --params or --model", self.refused(*few))
        self.assertIn("--params: expected from 2e+08 to 1e+14", self.refused(*few, "--params", "7"))
        self.assertIn("\"llama3-8b\"", self.refused(*few, "--model", "llama9"))
        few += ["--params", "8e9"]
        self.assertIn("\"h100\"", self.refused(*few, "--gpu", "h1000"))
        self.assertIn("--heads: expected a divisor of hidden 4096, found 7", self.refused(*few, "--heads", "7"))
        self.assertIn("--restart: expected a duration", self.refused(*few, "--restart", "7"))
        self.assertIn("--restart: expected from 0s to 30d, found 99999d", self.refused(*few, "--restart", "99999d"))
        self.assertIn("--tokens: expected from 1 to 1e18, found 0",
                      self.refused("plan", "training", "--params", "8e9", "--tokens", "0", "--gpus", "8"))
        self.assertIn("--batch-tokens: expected from 1 to 1e8 sequences of 8192 tokens, found 100", self.refused(*few, "--batch-tokens", "100"))
        self.assertIn("--node-mtbf: expected at least 7m30s", self.refused(*few, "--node-mtbf", "2min"))
        self.assertIn("--checkpoint-interval: expected more than 0", self.refused(*few, "--checkpoint-interval", "0s"))
        self.assertIn('--write: expected a file in a folder that is there, found no folder "none"',
                      self.refused(*few, "--write", "none/job.toml"))
        self.assertIn('--price: expected a number from 0 to 1e+09, found "-1"', self.refused(*few, "--price", "-1"))
        self.assertIn('--seq: expected a whole number from 1 to 10000000, found "1.5"',
                      self.refused(*few, "--seq", "1.5"))
        self.assertIn("--write: expected a plan of less than 100 years",
                      self.refused("plan", "training", "--params", "8e9", "--tokens", "1e17", "--gpus", "8",
                                   "--write", "job.toml"))
        self.assertIn('"--gpsu", did you mean "--gpus"?', self.refused(*few, "--gpsu", "3"))
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    cli.main()
