"""dure fab: what-ifs, replications, operating curves, the twin's files, and tables turned into a scenario."""
import csv
import re
import shutil

import cli

COMMANDS = ["whatif", "replicate", "sweep", "snapshot", "convert"]

# A fab of two tool families in AutoSched's form; "|" stands for a tab.
TABLES = {
    "tool.txt": "STNQTY|STNFAM|STNGRP|STNFAMLOC|FWLRANK|LTIME|LTUNITS\n2|Oven|Hot|East|rank_HP;rank_FIFO|1|min\n"
                "1|Beam|Photo|East|rank_HP;rank_FIFO||\n",
    "part.txt": "PART|ROUTEFILE|ROUTE\nlogic|flow.txt|Long\n",
    "flow.txt": "ROUTE|STEP|STNFAM|PDIST|PTIME|PTIME2|PTUNITS|PTPER\nLong|1|Oven|uniform|50|5|min|per_lot\n"
                "|2|Beam|constant|20||min|per_lot\n|3|Oven|constant|60||min|per_lot\n",
    "order.txt": "LOT|PART|PRIOR|PIECES|START|RDIST|REPEAT|RUNITS|RPT#|LOTSPERRPT|DUE\n"
                 "L|logic|10|25|01/02/18 00:00:00|constant|70|min|200000|1|01/03/18 00:00:00\n",
}


class Fab(cli.CliTest):
    def setUp(self):
        super().setUp()
        shutil.copy(cli.HERE / "../../scenarios/minifab.toml", self.folder)

    def rows(self, path):
        with open(self.folder / path, newline="") as file:
            return list(csv.DictReader(file))

    def test_help(self):
        out = self.dure("fab", "--help").stdout
        self.assertIn("Examples:\n  dure fab whatif", out)
        self.assertIn("Examples:\n  dure fab whatif", self.dure("fab").stdout)
        for command in COMMANDS:
            self.assertIn(command, out)
            self.assertIn("Examples:\n  dure fab " + command, self.dure("fab", command, "--help").stdout)

    def test_mistyped(self):
        self.assertIn('no command "whatfi", did you mean "whatif"?', self.refused("fab", "whatfi"))
        self.assertIn('"--tool-down"', self.refused("fab", "whatif", "minifab.toml", "--tool-don", "x"))
        self.assertIn("`dure fab whatif --help`", self.refused("fab", "whatif", "minifab.toml", "--zzz"))

    def test_whatif(self):
        words = ["fab", "whatif", "minifab.toml", "--at", "40d", "--group-down", "Implant=24h", "--horizon", "3d",
                 "-n", "8"]
        out = self.dure(*words, "--out", "a", "--threads", "1").stdout
        self.assertIn("from 2026-02-14T00:00:00Z, for 3d, in 8 futures: down Implant=24h", out)
        self.assertRegex(out, r"Lots finished +[\d.]+ +[\d.]+ +-[\d.]+ ± [\d.]+ +\*\n")
        self.assertRegex(out, r"report +a/report.html\n")
        self.assertEqual(sorted(p.name for p in (self.folder / "a").iterdir()),
                         ["futures.csv", "report.html", "summary.json"])
        runs = self.rows("a/futures.csv")
        self.assertEqual(len(runs), 16)
        difference = [float(b["All: lots"]) - float(a["All: lots"]) for a, b in zip(runs[::2], runs[1::2])]
        summary = self.summary("a")
        shown = {(k["group"], k["key"]): k["value"] for k in summary["kpis"]}
        self.assertAlmostEqual(shown["Difference", "lots"], sum(difference) / 8)
        self.assertLess(shown["Difference", "lots"], 0)
        self.assertIn("what if: down Implant=24h", summary["run"]["title"])
        # The same with two threads; another seed is another luck.
        self.dure(*words, "--out", "b", "--threads", "2", "-q")
        self.dure(*words, "--out", "c", "--seed", "5", "-q")
        text = (self.folder / "a/futures.csv").read_text()
        self.assertEqual(text, (self.folder / "b/futures.csv").read_text())
        self.assertNotEqual(text, (self.folder / "c/futures.csv").read_text())

    def test_whatif_of_lots_rules_and_releases(self):
        lots = self.dure("fab", "whatif", "minifab.toml", "--at", "40d", "--hot-lot", "nobody", expect=2).stderr
        lot = re.search(r'lots, such as "(\w+)"', lots).group(1)
        out = self.dure("fab", "whatif", "minifab.toml", "--at", "40d", "--hot-lot", lot, "--rule", "cr", "--batch",
                        "full", "--release", "Pb=3", "--horizon", "5d", "-n", "4").stdout
        self.assertIn(f"lot {lot}: time to finish, d", out)
        self.assertIn(f"release Pb=3; hot lot {lot}; rule cr; batch full", out)

    def test_whatif_from_a_run(self):
        self.dure("run", "minifab.toml", "--until", "50d", "--out", "r", "-q")
        out = self.dure("fab", "whatif", "--start", "r", "--tool-down", "Lithography#1=8h", "-n", "4", "--horizon",
                        "2d").stdout
        self.assertIn("from 2026-02-24T00:00:00Z, for 2d", out)
        self.dure("run", "minifab.toml", "--until", "5d", "--out", "early", "-q")
        self.assertIn("past its warm-up",
                      self.refused("fab", "whatif", "--start", "early", "--tool-down", "Lithography#1=8h"))

    def test_whatif_refuses(self):
        before = self.files()
        for words, message in [
            ([], "expected a change"),
            (["--tool-down", "Implant#9=1h"], "--tool-down: expected a tool from"),
            (["--tool-down", "Implent#1=1h"], 'did you mean "Implant"?'),
            (["--tool-down", "Implant#1"], "such as 12h"),
            (["--group-down", "Implant#1=2h"], "--group-down"),
            (["--rule", "fastest"], "--rule: expected"),
            (["--batch", "fulll"], 'did you mean "full"?'),
            (["--release", "Pc"], "--release"),
            (["--hot-lot", "Pa_1=x"], "--hot-lot"),
            (["--hot-lot", "Pa_9999", "--at", "30d"], "which is not released yet, has left, or never was"),
            (["--hot-lot", "", "--at", "30d"], "--hot-lot: expected a lot in the line"),
            (["--tool-down", "Implant#1=12"], "expected a duration with a unit such as 12h"),
            (["--tool-down", "Implant#1=1h", "--group-down", "Implant=2h"], '"Implant#1" twice'),
            (["--group-down", "Zzz=2h"], 'there is "Diffusion"'),
            (["--rule", "cr", "--at", "soon"], "--at"),
            (["--rule", "cr", "--at", "-5d"], "--at: expected a time from the start, 2026-01-05"),
            (["--rule", "cr", "--at", "3000d"], "--set end=DATE"),
            (["--rule", "cr", "--at", "2025-01-01"], "from the start"),
            (["--rule", "cr", "--horizon", "-1d"], "--horizon"),
            (["--rule", "cr", "--at", "1d", "--start", "r"], "expected one of --at, --start and --line"),
            (["--rule", "cr", "--start", "r"], "--start: expected no scenario"),
            (["--rule", "cr", "--events", "e.csv"], "--events: expected --line"),
            (["--rule", "cr", "--until", "1d"], "--until: expected --events"),
            (["--rule", "cr", "--line", "nowhere"], "nowhere/line.toml"),
            (["--rule", "cr", "-n", "1"], "replications"),
        ]:
            with self.subTest(words):
                self.assertIn(message, self.refused("fab", "whatif", "minifab.toml", *words))
        self.assertIn('world "fab"', self.refused("fab", "whatif", "small.toml", "--rule", "cr"))
        self.assertIn("--start RUN", self.refused("fab", "whatif", "--rule", "cr"))
        self.assertEqual(self.files(), before)

    def test_replicate(self):
        words = ["fab", "replicate", "minifab.toml", "-n", "4", "--set", "end=2026-05-01"]
        out = self.dure(*words, "--seeds", "--out", "a", "--threads", "2").stdout
        self.assertIn("4 replications, seeds 1 to 4", out)
        self.assertRegex(out, r"All +WIP, mean +[\d.]+ ± [\d.]+ lots")
        self.assertIn("MSER-5", out)
        self.assertIn("Welch", out)
        self.assertIn("warm_up is 28d", out)
        self.dure(*words, "--out", "b", "--threads", "1", "-q")
        self.assertEqual(self.summary("a")["kpis"], self.summary("b")["kpis"])
        # Each is the scenario's own run with that seed.
        values = []
        for seed in range(1, 5):
            self.dure("run", "minifab.toml", "--set", "end=2026-05-01", "--seed", seed, "--out", f"s{seed}", "-q")
            values += [k["value"] for k in self.summary(f"s{seed}")["kpis"] if k["group"] == "All" and k["key"] == "wip"]
        mean = [k["value"] for k in self.summary("a")["kpis"] if k["group"] == "All" and k["key"] == "wip"][0]
        self.assertAlmostEqual(mean, sum(values) / 4)

    def test_sweep(self):
        out = self.dure("fab", "sweep", "minifab.toml", "--load", "1.3, 0.7", "-n", "2", "--set", "end=2026-06-01",
                        "--out", "a").stdout
        lines = [line for line in out.splitlines() if re.match(r" *(0\.7|1\.3) ", line)]
        self.assertEqual(len(lines), 2)
        self.assertIn("Lithography", lines[0])
        self.assertNotIn("keeps filling", lines[0])
        self.assertIn("keeps filling", lines[1])
        page = (self.folder / "a/report.html").read_text()
        self.assertIn("Operating curve", page)
        for load in ("0.7,x", "0", ""):
            self.assertIn("--load", self.refused("fab", "sweep", "minifab.toml", "--load", load))

    def test_twin(self):
        out = self.dure("fab", "snapshot", "minifab.toml", "--at", "40d", "--events", "12h", "--out", "line").stdout
        self.assertIn("--line line --events line/events.csv", out)
        lots = self.rows("line/lots.csv")
        self.assertGreater(len(lots), 5)
        self.assertEqual({lot["product"] for lot in lots} | {"TW"}, {"Pa", "Pb", "TW"})
        words = ["fab", "whatif", "minifab.toml", "--line", "line", "--tool-down", "Implant#2=6h", "-n", "4",
                 "--horizon", "4d"]
        out = self.dure(*words, "--hot-lot", lots[0]["lot"]).stdout
        self.assertIn(f"from {len(lots)} lots at 2026-02-14T00:00:00Z, for 4d", out)
        self.assertIn(f"lot {lots[0]['lot']}: time to finish", out)
        words += ["--events", "line/events.csv"]
        out = self.dure(*words, "--until", "2026-02-14T12:00").stdout
        self.assertIn("events to 2026-02-14T12:00:00Z", out)
        self.assertIn("line/events.csv", self.refused(*words, "--until", "1h"))
        self.assertIn("--until", self.refused(*words, "--until", "2026-02-01"))

    def test_twin_refuses(self):
        self.dure("fab", "snapshot", "minifab.toml", "--at", "40d", "--out", "line", "-q")
        words = ["fab", "whatif", "minifab.toml", "--line", "line", "--rule", "cr"]
        lots = self.folder / "line/lots.csv"
        good = lots.read_text()
        lots.write_text(good.replace(",Pa,", ",Px,", 1))
        self.assertRegex(self.refused(*words), r"line/lots\.csv:\d+:2: product: expected .*did you mean \"Pa\"\?")
        lots.write_text(good)
        (self.folder / "line/tools.csv").rename(self.folder / "tools.csv")
        self.assertIn("line/tools.csv", self.refused(*words))
        (self.folder / "tools.csv").rename(self.folder / "line/tools.csv")
        for event, message in [
            ("2026-02-14T01:00,up,,Implant#7", "expected a tool from"),
            ("2026-02-14T01:00,out,X-1,", "expected a lot in the line"),
            ("2026-02-13T01:00,up,,Implant#1", "from the line's"),
            ("2026-02-14T01:00,up,,Implant#1\n2026-02-14T00:30,up,,Implant#1", "in order of time"),
        ]:
            (self.folder / "e.csv").write_text("time,event,lot,tool\n" + event + "\n")
            message_found = self.refused(*words, "--events", "e.csv")
            self.assertIn(message, message_found)
            self.assertRegex(message_found, r"e\.csv:[23]:")
        self.assertIn("new or empty", self.refused("fab", "snapshot", "minifab.toml", "--at", "1d", "--out", "line"))
        self.assertIn("--at", self.refused("fab", "snapshot", "minifab.toml", "--at", "x", "--out", "other"))

    def test_convert(self):
        out = self.dure("fab", "convert", "minifab.toml", "--out", "again.toml", "--name", "Again").stdout
        self.assertIn("3 tool groups with 5 tools", out)
        self.dure("run", "minifab.toml", "--until", "40d", "--out", "a", "-q")
        self.dure("run", "again.toml", "--until", "40d", "--out", "b", "-q")
        self.assertEqual(self.digest("a"), self.digest("b"))
        (self.folder / "tables").mkdir()
        for name, text in TABLES.items():
            (self.folder / "tables" / name).write_text(text.replace("|", "\t"))
        out = self.dure("fab", "convert", "tables", "--out", "line.toml", "--end", "30d").stdout
        self.assertIn("2 tool groups with 3 tools, 1 routes with 3 steps, 1 releases", out)
        self.dure("run", "line.toml", "--out", "c", "-q")
        run = self.summary("c")["run"]
        self.assertEqual([run["title"], run["start"], run["end"]],
                         ["tables", "2018-01-02T00:00:00Z", "2018-02-01T00:00:00Z"])
        self.assertGreater(run["events"], 2000)
        self.assertIn("--end", self.refused("fab", "convert", "tables", "--out", "x.toml", "--end", "0d"))
        self.assertIn("new file", self.refused("fab", "convert", "minifab.toml", "--out", "again.toml"))
        (self.folder / "empty").mkdir()
        self.assertIn("found neither", self.refused("fab", "convert", "empty", "--out", "x.toml"))
        self.assertIn("no scenario", self.refused("fab", "convert", "nothing", "--out", "x.toml"))


if __name__ == "__main__":
    cli.main()
