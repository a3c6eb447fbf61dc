"""dure run, replay, resume: the same inputs give the same bits, whatever happens in between."""
import json
import os
import re
import signal
import time

import cli


class Run(cli.CliTest):
    def test_leaves_a_whole_folder(self):
        done = self.dure("run", "small.toml", "--out", "a")
        self.assertIn("Two small sites", done.stdout)
        self.assertIn("a/report.html", done.stdout)
        self.assertIn(self.digest("a"), done.stdout)
        self.assertEqual(done.stderr, "")
        for name in ("scenario.toml", "run.json", "recording.dure", "snapshot.dure", "summary.json", "series.csv",
                     "report.html"):
            self.assertTrue((self.folder / "a" / name).is_file(), name)
        summary = self.summary("a")
        self.assertEqual(summary["schema"], 1)
        self.assertEqual(summary["run"]["seed"], 7)
        self.assertEqual(summary["run"]["end"], "2026-07-01T00:00:00Z")
        self.assertGreater(summary["run"]["events"], 1000)
        self.assertIn("All", {kpi["group"] for kpi in summary["kpis"]})
        page = (self.folder / "a/report.html").read_text()
        data = re.search(r'<script id="dure-data" type="application/json">(.*?)</script>', page, re.S).group(1)
        self.assertEqual(json.loads(data)["run"], summary["run"])
        self.assertTrue((self.folder / "a/series.csv").read_text().startswith("time,"))

    def test_is_the_same_every_time(self):
        self.dure("run", "small.toml", "--out", "a", "--quiet")
        self.dure("run", "small.toml", "--out", "b", "--quiet", "--snapshot-every", "0", "--no-record")
        self.dure("run", "small.toml", "--out", "c", "--quiet", "--seed", "8")
        self.assertEqual(self.digest("a"), self.digest("b"))
        self.assertNotEqual(self.digest("a"), self.digest("c"))
        self.assertFalse((self.folder / "b/recording.dure").exists())

    def test_quiet_says_nothing(self):
        done = self.dure("run", "small.toml", "--quiet")
        self.assertEqual(done.stdout + done.stderr, "")

    def test_flags_change_the_scenario(self):
        self.dure("run", "small.toml", "--out", "a", "-q", "--policy", "fifo+first-fit", "--seed", "3",
                  "--set", "owner.north.gpus=64", "--set", "samples=10", "--until", "30d")
        text = (self.folder / "a/scenario.toml").read_text()
        for line in ('order = "fifo"', 'placement = "first-fit"', "seed = 3", "gpus = 64", "samples = 10"):
            self.assertIn(line, text)
        self.assertEqual(self.summary("a")["run"]["end"], "2026-01-31T00:00:00Z")
        self.assertEqual(self.summary("a")["run"]["policy"], "fifo, first-fit")
        # What ran can run again, from its folder.
        self.dure("run", "a", "--out", "b", "-q", "--until", "2026-01-31")
        self.assertEqual(self.digest("a"), self.digest("b"))

    def test_replays_to_the_same_state(self):
        self.dure("run", "small.toml", "--out", "a", "-q")
        self.assertIn("equal", self.dure("replay", "a").stdout)
        # Another policy's decisions are told apart, or refused.
        self.dure("run", "small.toml", "--out", "b", "-q", "--until", "60d")
        self.dure("run", "small.toml", "--out", "c", "-q", "--until", "60d", "--policy", "easy+first-fit")
        summary = self.folder / "b/summary.json"
        summary.write_text(summary.read_text().replace(self.digest("b"), self.digest("c")))
        self.assertIn("different", self.dure("replay", "b", expect=1).stdout)

    def test_finished_run_says_so(self):
        self.dure("run", "small.toml", "--out", "a", "-q")
        self.assertIn("has ended", self.dure("resume", "a").stdout)

    def test_interrupt_saves_and_resume_ends_the_same(self):
        # Long enough to be caught in the middle.
        long = ["small.toml", "--set", 'end="2034-01-01"']
        self.dure("run", *long, "--out", "straight", "-q")
        process = self.start("run", *long, "--out", "a")
        snapshot = self.folder / "a/run.json"
        while not snapshot.exists():
            time.sleep(0.005)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        if process.returncode == 0:
            self.skipTest("this machine is too fast")
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("dure resume a", err)
        self.assertFalse((self.folder / "a/summary.json").exists())
        self.assertIn("stopped", (self.folder / "a/run.json").read_text())
        self.dure("resume", "a", "-q")
        self.assertEqual(self.digest("a"), self.digest("straight"))
        self.assertIn("equal", self.dure("replay", "a").stdout)


if __name__ == "__main__":
    cli.main()
