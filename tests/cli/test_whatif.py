"""dure whatif: a scenario as it is and changed, with the same seeds."""
import csv
import json
import math
import signal
import statistics
import subprocess
import time

import cli

T_2 = 4.302653  # 97.5 % quantile of Student's t, 2 degrees of freedom


class WhatIf(cli.CliTest):
    def answer(self, *words):
        return json.loads(self.dure("whatif", "small.toml", "--json", "-q", *words).stdout)

    def rows(self, path):
        with open(self.folder / path, newline="") as file:
            return list(csv.DictReader(file))

    def test_help(self):
        out = self.dure("whatif", "--help").stdout
        self.assertIn("Examples:\n  dure whatif", out)
        for option in ["--set", "--variant", "--kpi", "--csv", "--json", "--threads", "--until"]:
            self.assertIn(option, out)
        self.assertIn("dure whatif", self.dure().stdout)

    def test_differences_are_those_of_single_runs(self):
        """Each side of each pair is what `dure run` gives; mean and interval by hand."""
        self.dure("whatif", "small.toml", "--policy", "fifo", "-n", "3", "--until", "60d", "--csv", "w.csv", "-q")
        rows = self.rows("w.csv")
        self.assertEqual([r["seed"] for r in rows], ["7", "7", "8", "8", "9", "9"])
        self.assertEqual([r["variant"] for r in rows], ["as it is", "policy=fifo"] * 3)
        for row in rows:
            policy = ["--policy", "fifo"] if row["variant"] != "as it is" else []
            out = f"r{row['seed']}{len(policy)}"
            self.dure("run", "small.toml", "--seed", row["seed"], "--until", "60d", "--out", out, "-q", *policy)
            for kpi in self.summary(out)["kpis"]:
                unit = f" [{kpi['unit']}]" if kpi["unit"] else ""
                shown = row[f"{kpi['group']}: {kpi['key']}{unit}"]
                self.assertEqual(float(shown) if shown else None, kpi["value"])
        wait = [float(r["All: wait_mean [s]"]) for r in rows]
        differences = [b - a for a, b in zip(wait[::2], wait[1::2])]
        answer = self.answer("--policy", "fifo", "-n", "3", "--until", "60d", "--kpi", "wait_mean,jobs_arrived")
        kpi, arrived = answer["variants"][0]["kpis"]
        self.assertAlmostEqual(kpi["base"]["mean"], statistics.mean(wait[::2]))
        self.assertAlmostEqual(kpi["changed"]["mean"], statistics.mean(wait[1::2]))
        self.assertAlmostEqual(kpi["difference"]["mean"], statistics.mean(differences))
        half = T_2 * statistics.stdev(differences) / math.sqrt(3)
        self.assertAlmostEqual(kpi["difference"]["half_width"] / half, 1, 5)
        self.assertEqual(kpi["beyond_chance"], abs(statistics.mean(differences)) > half)
        # Common random numbers: both sides meet the same jobs.
        self.assertGreater(arrived["base"]["mean"], 100)
        self.assertEqual(arrived["difference"]["mean"], 0)
        self.assertEqual(arrived["difference"]["half_width"], 0)
        self.assertFalse(arrived["beyond_chance"])

    def test_threads_make_no_difference(self):
        words = ["--set", "owner.south.gpus=128", "-n", "4", "--until", "30d"]
        one = self.answer(*words, "-j", "1")
        self.assertEqual(one, self.answer(*words, "-j", "3"))
        self.assertNotEqual(one, self.answer(*words, "--seed", "100"))

    def test_table(self):
        out = self.dure("whatif", "small.toml", "--set", "owner.south.gpus=128", "-n", "4").stdout
        self.assertRegex(out, r"\ATwo small sites\n4 seeds, 7 to 10, each as it is \(easy, best-fit.*\) and changed, "
                              r"2026-01-01T00:00:00Z to 2026-07-01T00:00:00Z\nchanged: owner.south.gpus=128\n")
        self.assertRegex(out, r"GPUs in service at the end, GPUs +256 +320 +\+64 ± 0 +\*\n")
        self.assertIn("* beyond chance: the interval leaves out 0\n", out)
        self.assertNotIn("north", out)

    def test_groups_and_kpis(self):
        words = ["--set", "owner.south.gpus=128", "-n", "2", "--until", "30d"]
        out = self.dure("whatif", "small.toml", *words, "--groups", "--kpi", "gpus").stdout
        self.assertRegex(out, r"\nAll\n  GPUs[^\n]+\+64[^\n]+\nnorth\n  GPUs[^\n]+ 0 ± 0\nsouth\n  GPUs[^\n]+\+64")
        kpis = self.answer(*words, "--kpi", "south:gpus, allocation")["variants"][0]["kpis"]
        self.assertEqual([(k["group"], k["key"]) for k in kpis], [("All", "allocation"), ("south", "gpus")])

    def test_several_variants(self):
        out = self.dure("whatif", "small.toml", "-n", "2", "--until", "30d", "--kpi", "gpus,wait_p95", "--variant",
                        "more: owner.south.gpus=128, owner.north.gpus=256", "--variant", "same: policy=easy").stdout
        self.assertIn("\nmore: owner.south.gpus=128, owner.north.gpus=256\nsame: policy=easy\n", out)
        self.assertRegex(out, r"GPUs in service at the end, GPUs\n  as it is +192\n  more +384 +\+192 ± 0 +\*\n"
                              r"  same +192 +0 ± 0\n")
        self.assertIn('"same" makes no difference to any KPI in these runs.', out)
        self.assertNotIn('"more" makes', out)

    def test_base_is_on_both_sides(self):
        words = ["--set", "policy.order=fifo", "-n", "2", "--kpi", "jobs_arrived", "--until", "30d"]
        plain = self.answer(*words)["variants"][0]["kpis"][0]
        scaled = self.answer(*words, "--base", "owner.north.gpus=512")["variants"][0]["kpis"][0]
        self.assertGreater(scaled["base"]["mean"], plain["base"]["mean"])
        self.assertEqual(scaled["difference"]["mean"], 0)

    def test_other_time(self):
        out = self.dure("whatif", "small.toml", "--set", "end=2026-02-01", "-n", "2").stdout
        self.assertIn("runs over another time", out)

    def test_other_worlds(self):
        for scenario, words in [("minifab", ["--base", "end=40d", "--policy", "cr"]),
                                ("floor", ["--base", "end=3min", "--base", "warm_up=1min", "--policy", "matching"])]:
            name = cli.HERE / f"../../scenarios/{scenario}.toml"
            self.assertIn("difference, 95 %", self.dure("whatif", name, "-n", "2", *words).stdout)

    def test_mistakes(self):
        def refused(*words):
            return self.refused("whatif", "small.toml", *words)

        self.assertIn("expected a change", refused())
        self.assertIn('--set policy.ordr: unknown key "ordr", did you mean "order"?', refused("--set", "policy.ordr=fifo"))
        self.assertIn("--set owner.west.gpus", refused("--set", "owner.west.gpus=1"))
        self.assertIn("--base policy.ordr", refused("--base", "policy.ordr=fifo", "--set", "policy.order=fifo"))
        self.assertIn('--variant "x" policy.order', refused("--variant", "x: policy.order=fiffo"))
        self.assertIn('found "fiffo"', refused("--policy", "fiffo"))
        self.assertIn("--variant: expected changes", refused("--variant", "x"))
        self.assertIn("twice", refused("--variant", "x: end=9d", "--variant", "x: end=8d"))
        self.assertIn('no KPI "alocation", did you mean "allocation"?',
                      refused("--policy", "fifo", "--kpi", "alocation"))
        self.assertIn('no group of KPIs "nroth", did you mean "north"?',
                      refused("--policy", "fifo", "--kpi", "nroth:gpus"))
        self.assertIn("--seed gives the first", refused("--set", "seed=3"))
        self.assertIn("--until", refused("--policy", "fifo", "--until", "soon"))
        self.assertIn("--csv", refused("--policy", "fifo", "--csv", "no/such/folder/w.csv"))
        self.assertIn('--replications: expected a whole number from 2 to 10000, found "1"', refused("--policy", "fifo", "-n", "1"))
        self.assertIn('did you mean "--variant"?', refused("--varient", "x"))
        self.assertEqual(self.files(), ["small.toml"])

    def test_interrupt(self):
        words = ["whatif", "small.toml", "--base", "end=2099-01-01", "--policy", "fifo", "-n", "100", "-j", "2"]
        process = self.start(*words, "--csv", "w.csv", "-q")
        time.sleep(1)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        self.assertEqual(process.returncode, 130)
        self.assertEqual(out, "")
        self.assertRegex(err, r"\Astopped after \d+ of 200 runs; nothing is written\n\Z")
        self.assertEqual(self.files(), ["small.toml"])


if __name__ == "__main__":
    cli.main()
