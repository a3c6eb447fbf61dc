"""dure floor: runs of the League of Robot Runners, audits of its output files, and one-shot path finding."""
import gzip
import json
import re

import cli

COMMANDS = ["lorr", "audit", "mapf"]

MAP = """type octile
height 6
width 8
map
........
.@.@.@..
........
.@.@.@..
.....E..
S.......
"""
PROBLEM = {"mapFile": "maps/m.map", "agentFile": "m.agents", "teamSize": 4, "taskFile": "m.tasks",
           "numTasksReveal": 1.5, "version": "2024 LoRR"}
SCENARIO = """world = "floor"
end = "10min"
[map.warehouse]
rack_columns = 2
[[robots]]
name = "amr"
count = 4
[[source]]
name = "picks"
stops = ["rack", "station"]
per_hour = 200
"""


class Floor(cli.CliTest):
    def setUp(self):
        super().setUp()
        (self.folder / "maps").mkdir()
        (self.folder / "maps/m.map").write_text(MAP)
        (self.folder / "m.agents").write_text("# five\n5\n0\n2\n16\n20\n47\n")
        (self.folder / "m.tasks").write_text("4\n47,0\n4,36,7\n40\n22,18\n")
        self.write_problem(PROBLEM)
        rows = [f"0\tm.map\t8\t6\t{a}\t{b}\t{c}\t{d}\t0" for a, b, c, d in
                [(0, 0, 7, 5), (7, 5, 0, 0), (0, 5, 7, 0), (7, 0, 0, 5), (4, 2, 2, 2), (1, 1, 2, 2)]]
        (self.folder / "m.scen").write_text("version 1\n" + "\n".join(rows) + "\n")

    def write_problem(self, problem):
        (self.folder / "p.json").write_text(json.dumps(problem))

    def output(self, name="o.json"):
        return json.loads((self.folder / name).read_text())

    def test_help(self):
        out = self.dure("floor", "--help").stdout
        self.assertIn("Examples:\n  dure floor lorr", out)
        self.assertIn("Examples:\n  dure floor lorr", self.dure("floor").stdout)
        for command in COMMANDS:
            self.assertIn(command, out)
            self.assertIn("Examples:\n  dure floor " + command, self.dure("floor", command, "--help").stdout)
        self.assertRegex(self.dure("floor", "lorr", "--help").stdout, r"--steps T\b.*=1000")

    def test_lorr(self):
        done = self.dure("floor", "lorr", "p.json", "--steps", "200", "--out", "o.json")
        self.assertRegex(done.stdout, r"\Ap: 4 robots, 200 steps\ntasks finished +\d+\n"
                                      r"errors +0 of moves, 0 of assignments\n"
                                      r"CPU of a step +[\d.]+ [mu]?s on average, [\d.]+ [mu]?s at most\n"
                                      r"output +o.json; `dure floor audit p.json o.json` checks it\n\Z")
        finished = int(re.search(r"tasks finished +(\d+)", done.stdout)[1])
        self.assertGreater(finished, 10)
        out = self.output()
        self.assertEqual(out["numTaskFinished"], finished)
        self.assertEqual(len(out["plannerTimes"]), 200)
        self.assertEqual([len(path) for path in out["actualPaths"]], [399] * 4)
        # Every task counted has all its errands done, at times that do not fall.
        errands = {k: 0 for k in range(len(out["tasks"]))}
        for time, robot, task, errand in out["events"]:
            errands[task] += 1
            self.assertEqual(errand, errands[task])
        self.assertEqual(sum(2 * errands[k] == len(cells) for k, _, cells in out["tasks"]), finished)

    def test_lorr_repeats(self):
        for name in ("a.json", "b.json"):
            self.dure("floor", "lorr", "p.json", "--steps", "100", "--out", name, "-q", "--policy", "lns+matching",
                      "--budget", "5000")
        a, b = self.output("a.json"), self.output("b.json")
        del a["plannerTimes"], b["plannerTimes"]
        self.assertEqual(a, b)

    def test_lorr_without_output(self):
        before = self.files()
        done = self.dure("floor", "lorr", "p.json", "--steps", "10", "--policy", "pibt+nearest")
        self.assertIn("--out FILE writes it", done.stdout)
        self.assertEqual(self.files(), before)
        self.assertEqual(self.dure("floor", "lorr", "p.json", "--steps", "10", "-q").stdout, "")

    def test_lorr_refuses(self):
        before = self.files()
        lorr = ["floor", "lorr", "p.json", "--out", "o.json"]
        self.assertIn("did you mean \"pibt\"", self.refused(*lorr, "--policy", "pbit"))
        self.assertIn("policy.guidance: expected", self.refused(*lorr, "--policy", "guidance=7"))
        self.assertIn("--steps", self.refused(*lorr, "--steps", "0"))
        self.assertIn("no such file", self.refused("floor", "lorr", "q.json"))
        self.assertIn("no folder \"none\"", self.refused("floor", "lorr", "p.json", "--out", "none/o.json"))
        self.assertIn("found a folder", self.refused("floor", "lorr", "p.json", "--out", "maps"))
        self.assertIn('"--stpes", did you mean "--steps"?', self.refused(*lorr, "--stpes", "3"))
        (self.folder / "m.tasks").write_text("1\n0,9\n")
        self.assertIn("m.tasks:2: expected a free cell, found 9 (row 1, column 1)", self.refused(*lorr))
        self.assertEqual(self.files(), before)

    def test_run(self):
        (self.folder / "f.toml").write_text(SCENARIO)
        self.assertIn("dure run floor --policy pibt+nearest", self.dure("run", "--help").stdout)
        self.assertIn('expected policies joined by \'+\', such as --policy pibt+nearest, found "nearest" by itself',
                      self.refused("run", "f.toml", "--policy", "pibt", "nearest"))
        self.dure("run", "f.toml", "--out", "r", "-q")
        summary = json.loads((self.folder / "r/summary.json").read_text())
        self.assertEqual(summary["run"]["end"], 600)
        self.assertIn('"kind":"film"', (self.folder / "r/report.html").read_text())
        kpis = {kpi["key"]: kpi["value"] for kpi in summary["kpis"]}
        self.assertGreater(kpis["tasks_done"], 10)
        self.assertEqual(kpis["collisions"], 0)
        self.dure("run", "f.toml", "--set", "film.frames=0", "--out", "s", "-q")
        self.assertNotIn('"kind":"film"', (self.folder / "s/report.html").read_text())

    def test_lorr_of_2026(self):
        delays = {"seed": 1, "minDelay": 2, "maxDelay": 4, "eventModel": "bernoulli", "pDelay": 0.1,
                  "durationModel": "uniform"}
        self.write_problem({**PROBLEM, "agentCounter": 3, "delayConfig": delays})
        done = self.dure("floor", "lorr", "p.json", "--steps", "100")
        self.assertIn("assumed: a move or turn takes one tick, not 3", done.stdout)
        self.assertIn("delayConfig", self.refused("floor", "lorr", "p.json", "--out", "o.json"))

    def test_audit(self):
        self.dure("floor", "lorr", "p.json", "--steps", "200", "--out", "o.json", "-q")
        done = self.dure("floor", "audit", "p.json", "o.json", "--steps", "200").stdout
        self.assertRegex(done, r"\A4 robots, 200 steps, \d+ errands, \d+ tasks finished\n"
                               r"planner errors 0, schedule errors 0, late steps 0\nno violations\n\Z")
        right = self.output()
        (self.folder / "o.json.gz").write_bytes(gzip.compress(json.dumps(right).encode()))
        self.assertEqual(self.dure("floor", "audit", "p.json", "o.json.gz").stdout, done)
        time, robot, task, errand = right["events"].pop(3)
        right["numTaskFinished"] += 1
        (self.folder / "o.json").write_text(json.dumps(right))
        wrong = self.dure("floor", "audit", "p.json", "o.json", expect=1).stdout
        self.assertIn(f"EVENTS  an event is missing: time {time}: robot {robot} does errand {errand} of task {task}\n",
                      wrong)
        self.assertIn(f"COUNT   numTaskFinished is {right['numTaskFinished']}, by the replay", wrong)
        self.assertIn("\n2 violations\n", wrong)
        self.assertIn("COUNT   the run has 200 steps, 500 were asked for",
                      self.dure("floor", "audit", "p.json", "o.json", "--steps", "500", expect=1).stdout)

    def test_audit_of_one(self):
        self.write_problem({**PROBLEM, "teamSize": 1})
        self.dure("floor", "lorr", "p.json", "--steps", "1", "--out", "o.json", "-q")
        right = self.output()
        right["numTaskFinished"] += 1
        (self.folder / "o.json").write_text(json.dumps(right))
        out = self.dure("floor", "audit", "p.json", "o.json", expect=1).stdout
        self.assertIn("\n1 robot, 1 step, 0 errands, 0 tasks finished\n", out)
        self.assertIn("\n1 violation\n", out)

    def test_audit_of_many(self):
        self.dure("floor", "lorr", "p.json", "--steps", "50", "--out", "o.json", "-q")
        right = self.output()
        for key in ("actualPaths", "plannerPaths"):
            right[key] = [",".join(["F"] * 50)] * 4
        (self.folder / "o.json").write_text(json.dumps(right))
        out = self.dure("floor", "audit", "p.json", "o.json", expect=1).stdout
        lines = out.splitlines()
        self.assertTrue(all(re.match(r"(MOVE|PLAN|SCHED) +time \d+: ", line) for line in lines[:20]), out)
        self.assertRegex(lines[20], r"\A\.\.\. and [\d,]+ more\Z")

    def test_audit_refuses(self):
        (self.folder / "o.json").write_text("{")
        self.assertIn("o.json:1:2: expected JSON, found the end", self.refused("floor", "audit", "p.json", "o.json"))
        (self.folder / "o.json").write_text('{"actualPaths": ["F", 3]}')
        self.assertIn("o.json: actualPaths[1]: expected a text", self.refused("floor", "audit", "p.json", "o.json"))
        for model in (7, "MAPF"):
            (self.folder / "o.json").write_text(json.dumps({"actionModel": model, "actualPaths": ["F"]}))
            self.assertIn("o.json: actionModel: expected ", self.refused("floor", "audit", "p.json", "o.json"))
        self.assertIn("no such file", self.refused("floor", "audit", "p.json", "q.json"))

    def test_mapf(self):
        done = self.dure("floor", "mapf", "maps/m.map", "m.scen", "--agents", "5", "--out", "plan.json").stdout
        self.assertRegex(done, r"\A5 agents, 8 x 6 cells\n"
                               r"sum of costs +\d+, of the first solution \d+, of any at least 50\n"
                               r"makespan +\d+ steps\nfirst solution +\d+ joint placements of all agents looked at\n")
        plan = self.output("plan.json")
        self.assertEqual(plan["agents"], 5)
        goals = [(7, 5), (0, 0), (7, 0), (0, 5), (2, 2)]
        steps = {"u": (0, -1), "d": (0, 1), "l": (-1, 0), "r": (1, 0), "w": (0, 0)}
        rows = MAP.splitlines()[4:]
        longest = max(len(path["moves"]) for path in plan["paths"])
        places = []
        for path, goal in zip(plan["paths"], goals):
            at = tuple(path["start"])
            places.append([at])
            for letter in path["moves"].ljust(longest, "w"):
                at = (at[0] + steps[letter][0], at[1] + steps[letter][1])
                self.assertNotEqual(rows[at[1]][at[0]], "@")
                places[-1].append(at)
            self.assertEqual(at, goal)
        self.assertEqual(sum(len(path["moves"]) for path in plan["paths"]), plan["sumOfCosts"])
        self.assertEqual(longest, plan["makespan"])
        for t in range(longest + 1):
            self.assertEqual(len({p[t] for p in places}), 5)
            if t > 0:
                moves = {(p[t - 1], p[t]) for p in places if p[t - 1] != p[t]}
                self.assertFalse(moves & {(b, a) for a, b in moves})
        better = self.dure("floor", "mapf", "maps/m.map", "m.scen", "--agents", "5", "--budget", "100000").stdout
        cost = lambda text: int(re.search(r"sum of costs +(\d+)", text)[1])
        self.assertLessEqual(cost(better), cost(done))

    def test_mapf_refuses(self):
        before = self.files()
        mapf = ["floor", "mapf", "maps/m.map", "m.scen", "--agents"]
        self.assertIn("at least 9 agents, found 6", self.refused(*mapf, "9"))
        self.assertIn("the start of agent 5, x 1, y 1, which is blocked", self.refused(*mapf, "6"))
        self.assertIn("--agents is required", self.refused(*mapf[:-1]))
        self.assertIn("m.scen", self.refused("floor", "mapf", "m.scen", "m.scen", "--agents", "1"))
        (self.folder / "maps/m.map").write_text("type octile\nheight 1\nwidth 3\nmap\n...\n")
        self.assertIn("on a map of 3 x 1 cells", self.refused(*mapf, "1"))
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    cli.main()
