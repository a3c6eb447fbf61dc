#include "base/config.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace dure;

namespace {

enum class Order { fifo, easy };

struct Owner {
  std::string name;
  int64_t gpus = 0;
};

struct Site {
  int64_t gpus = 0;
  double load = 0;
  bool preempt = false;
  std::string title;
  Duration repair;
  Time start;
  std::string mode;
  Order order = Order::fifo;
  int64_t reservation = 0;
  double scale = 0;
  std::vector<int64_t> sizes;
  std::vector<double> weights;
  std::vector<std::string> tags;
  std::vector<Owner> owners;
  bool power = false;
  std::vector<std::string> classes;
};

// Understands "x<number>", as a caller's own grammar would.
Result<double> parse_scale(std::string_view text) {
  if (!text.starts_with('x'))
    return Error{"expected x and a number, found " + quoted(text), {}, 0, 0, {}};
  return parse_double(text.substr(1));
}

Site read_site(ConfigReader& in) {
  Site site;
  site.gpus = in.integer("gpus_per_node", 8,
                         {.unit = "GPUs", .doc = "GPUs in each node", .min = 1, .max = 32});
  site.load = in.number("load", 0.8, {.unit = "Erlang", .doc = "offered load", .min = 0, .max = 1});
  site.preempt = in.boolean("preempt", false, "may a job be preempted");
  site.title = in.text("title", "untitled", "what reports call it");
  site.repair = in.duration("repair", 4_h, {.doc = "time to repair", .max = 30_d});
  site.start = in.time("start", Time{0}, "first instant");
  site.mode = in.choice("mode", "open", {"open", "closed"}, "how jobs come");
  site.scale = in.parsed<double>("scale", "x1", parse_scale, "stretch of run times", "scale");
  site.sizes =
      in.integers("sizes", std::vector<int64_t>{1, 8}, {.unit = "GPUs", .doc = "sizes", .min = 1});
  site.weights = in.numbers("weights", std::vector<double>{}, {.doc = "weights", .min = 0});
  site.tags = in.texts("tags", std::vector<std::string>{}, "tags");
  in.table("policy", "how jobs are ordered", [&](ConfigReader& policy) {
    site.order = policy.choice<Order>("order", Order::fifo,
                                      {{"fifo", Order::fifo}, {"easy", Order::easy}}, "order");
    site.reservation = policy.integer("reservation", 1, {.doc = "jobs with a reservation"});
  });
  in.tables("owner", "who owns nodes", [&](ConfigReader& owner, size_t i) {
    CHECK(i == site.owners.size());
    Owner o;
    o.name = owner.text("name", required, "name");
    o.gpus = owner.integer("gpus", required, {.unit = "GPUs", .doc = "GPUs owned", .min = 0});
    site.owners.push_back(o);
  });
  site.power = in.optional_table("power", "power model", [&](ConfigReader& power) {
    power.number("idle_w", required, {.unit = "W", .doc = "idle power"});
  });
  in.named_tables("class", "job classes", [&](ConfigReader& job_class, const std::string& name) {
    job_class.number("share", 1.0, {.doc = "share"});
    site.classes.push_back(name);
  });
  return site;
}

Result<Site> read(std::string_view toml, std::initializer_list<const char*> sets = {}) {
  DURE_TRY(Config config, Config::parse(toml, "s.toml"));
  for (const char* set : sets) DURE_CHECK(config.set(set));
  return config.read(read_site);
}

Site good(std::string_view toml, std::initializer_list<const char*> sets = {}) {
  const Result<Site> site = read(toml, sets);
  REQUIRE_MESSAGE(site.ok(), (site.ok() ? "" : site.error().text()));
  return *site;
}

std::string bad(std::string_view toml, std::initializer_list<const char*> sets = {}) {
  const Result<Site> site = read(toml, sets);
  REQUIRE(!site.ok());
  return site.error().text();
}

}  // namespace

TEST_CASE("config: a number stands for an array of it alone") {
  CHECK(good("sizes = 4").sizes == std::vector<int64_t>{4});
  CHECK(good("weights = 2").weights == std::vector<double>{2});
  CHECK(good("", {"weights=0.5"}).weights == std::vector<double>{0.5});
}

TEST_CASE("config: defaults of an empty document") {
  const Site site = good("");
  CHECK(site.gpus == 8);
  CHECK(site.load == 0.8);
  CHECK(site.title == "untitled");
  CHECK(site.repair == 4_h);
  CHECK(site.order == Order::fifo);
  CHECK(site.scale == 1.0);
  CHECK(site.sizes == std::vector<int64_t>{1, 8});
  CHECK(site.owners.empty());
  CHECK(!site.power);
}

TEST_CASE("config: every kind of value") {
  const Site site = good(R"(
gpus_per_node = 4
load = 1          # an integer where a number is expected
preempt = true
title = "두레"
repair = "1.5h"
start = 2030-01-01T12:00:00+09:00
mode = "closed"
scale = "x2.5"
sizes = [1, 2, 4]
weights = [1, 0.5]
tags = ["a", "b"]
[policy]
order = "easy"
reservation = 5
[[owner]]
name = "naver"
gpus = 100
[[owner]]
name = "kt"
gpus = 0
[power]
idle_w = 300.0
[class.gold]
share = 2
[class.best-effort]
)");
  CHECK(site.gpus == 4);
  CHECK(site.load == 1.0);
  CHECK(site.preempt);
  CHECK(site.title == "두레");
  CHECK(site.repair == 90_min);
  CHECK(site.start == *parse_time("2030-01-01T03:00:00Z"));
  CHECK(site.mode == "closed");
  CHECK(site.scale == 2.5);
  CHECK(site.sizes == std::vector<int64_t>{1, 2, 4});
  CHECK(site.weights == std::vector<double>{1, 0.5});
  CHECK(site.tags == std::vector<std::string>{"a", "b"});
  CHECK(site.order == Order::easy);
  CHECK(site.reservation == 5);
  REQUIRE(site.owners.size() == 2);
  CHECK(site.owners[1].name == "kt");
  CHECK(site.power);
  CHECK(site.classes == std::vector<std::string>{"gold", "best-effort"});
  CHECK(good("start = 2030-01-01").start == *parse_time("2030-01-01"));
  CHECK(good("start = \"2030-01-01\"").start == *parse_time("2030-01-01"));
  CHECK(good("owner = [{name = 'a', gpus = 1}]").owners.size() == 1);
}

TEST_CASE("config: wrong values are said with place, key, expectation and finding") {
  CHECK(bad("\ngpus_per_node = 40") ==
        "s.toml:2:17: gpus_per_node: expected a whole number from 1 to 32 GPUs, found 40");
  CHECK(bad("gpus_per_node = 8.5") ==
        "s.toml:1:17: gpus_per_node: expected a whole number from 1 to 32 GPUs, found 8.5");
  CHECK(bad("load = \"x\"") ==
        "s.toml:1:8: load: expected a number from 0 to 1 Erlang, found \"x\"");
  CHECK(bad("load = nan") == "s.toml:1:8: load: expected a number from 0 to 1 Erlang, found nan");
  CHECK(bad("preempt = 1") == "s.toml:1:11: preempt: expected true or false, found 1");
  CHECK(bad("title = [1]") == "s.toml:1:9: title: expected text in quotes, found an array");
  CHECK(
      bad("repair = 90") ==
      "s.toml:1:10: repair: expected a duration in quotes such as \"90s\" or \"2h30m\", found 90");
  CHECK(bad("repair = \"31d\"") ==
        "s.toml:1:10: repair: expected a duration from 0s to 30d, found \"31d\"");
  CHECK(bad("repair = \"-1s\"").find("from 0s to 30d") != std::string::npos);
  CHECK(
      bad("repair = \"1 parsec\"").starts_with("s.toml:1:10: repair: expected a duration such as"));
  CHECK(bad("start = 07:30:00").starts_with("s.toml:1:9: start: expected a time such as"));
  CHECK(bad("start = 5").starts_with("s.toml:1:9: start: expected a time such as"));
  CHECK(
      bad("mode = \"opne\"") ==
      "s.toml:1:8: mode: expected \"open\" or \"closed\", found \"opne\", did you mean \"open\"?");
  CHECK(bad("scale = \"2\"") == "s.toml:1:9: scale: expected x and a number, found \"2\"");
  CHECK(bad("scale = 2") == "s.toml:1:9: scale: expected x and a number, found \"2\"");
  CHECK(bad("scale = {}") == "s.toml:1:9: scale: expected text in quotes, found a table");
  CHECK(bad("sizes = [1, 0]") ==
        "s.toml:1:13: sizes: expected an array of whole numbers at least 1 GPUs, found 0");
  CHECK(bad("weights = -1") ==
        "s.toml:1:11: weights: expected an array of numbers at least 0, found -1");
  CHECK(bad("weights = \"1\"") ==
        "s.toml:1:11: weights: expected an array of numbers at least 0, found \"1\"");
  CHECK(bad("tags = [\"a\", 1]") ==
        "s.toml:1:14: tags: expected an array of texts in quotes, found 1");
  CHECK(bad("policy = 1") == "s.toml:1:10: policy: expected a table, found 1");
  CHECK(bad("[owner]\nname='a'") ==
        "s.toml:1:1: owner: expected tables, each as [[owner]], found a table");
  CHECK(bad("owner = [1]") == "s.toml:1:10: owner: expected tables, each as [[owner]], found 1");
  CHECK(bad("class.gold = 1").find("each as [class.name], found 1") != std::string::npos);
  CHECK(bad("[[owner]]\nname = 'a'\ngpus = 1\n[[owner]]\nname = 'b'") ==
        "s.toml:4:1: owner.b.gpus: expected a whole number at least 0 GPUs, found nothing: this "
        "key is "
        "required");
  CHECK(bad("[[owner]]\ngpus = 1")
            .starts_with("s.toml:1:1: owner.0.name: expected text in quotes, found"));
  CHECK(bad("[power]\n").find("power.idle_w: expected a number (W), found nothing") !=
        std::string::npos);
}

TEST_CASE("config: unknown keys, at any depth, the first of the document") {
  CHECK(bad("gpu_per_node = 8") ==
        "s.toml:1:1: gpu_per_node: unknown key, did you mean \"gpus_per_node\"?");
  CHECK(bad("[[owner]]\nname='a'\ngpus=1\nmemory=1\n[policy]\nodrer='easy'") ==
        "s.toml:4:1: owner.a.memory: unknown key; known here: \"gpus\" and \"name\"");
  CHECK(bad("[policy]\nodrer = 'easy'") ==
        "s.toml:2:1: policy.odrer: unknown key, did you mean \"order\"?");
  CHECK(bad("[polcy]\norder = 'easy'").find("did you mean \"policy\"?") != std::string::npos);
  CHECK(bad("policy.order.x = 1").find("policy.order: expected") != std::string::npos);
}

TEST_CASE("config: broken TOML") {
  CHECK(bad("a = \n").starts_with("s.toml:1:"));
  CHECK(bad("a = 1\na = 2").starts_with("s.toml:2:"));
  for (const char* text : {"[=]", "[\nx]", "[[=]]", "[", "[[", "[a", "a", "a.", "a = {=1}", "a.= 1",
                           "é = 1", "a\xEF\xBB\xB7 = 1", "a = \"\"\"\\\u00E9", "\"a"}) {
    CHECK(bad(text).starts_with("s.toml:"));
  }
  CHECK(bad("a = \"\xff\"").starts_with("s.toml:"));
  CHECK(bad(std::string("a = 1\0", 6)).starts_with("s.toml:"));
}

TEST_CASE("config: deep nesting is an error, not a crash") {
  const auto repeat = [](std::string_view text, size_t n) {
    std::string out;
    for (size_t i = 0; i < n; ++i) out += text;
    return out;
  };
  const std::string limit =
      "expected at most 32 levels of brackets and 16 dots in a key, found more";
  for (const std::string& text :
       {"a = " + repeat("[", 100'000), "a = " + repeat("{a=", 100'000),
        repeat("a.", 100'000) + "a = 1", "[" + repeat("a.", 100'000) + "a]", repeat("[", 100'000),
        repeat("\"a\".", 100'000) + "a = 1",
        "x = '''\n\\'''''\n" + repeat("a .\t", 100'000) + "a = 1",
        "x = \"\\\\\" # \"\n" + repeat("a.", 1'000) + "a = 1",
        "x = \"\"\"\n\\\"\"\"\"\"\" # '\n" + repeat("a.", 1'000) + "a = 1"}) {
    CHECK(bad(text).find(limit) != std::string::npos);
  }
  // Dots elsewhere are no nesting.
  const std::string dots = repeat(".", 1000);
  CHECK(good("title = \"" + dots + "\" # " + dots).title == dots);
  CHECK(good("title = '''" + dots + "'''").title == dots);
  // Many dots within many brackets pass both limits, but not that of the whole.
  std::string deepest = "1";
  for (int i = 0; i < 31; ++i) deepest = fmt::format("{{{}a = {}}}", repeat("a.", 16), deepest);
  const std::string levels = "expected at most 16 levels of tables and arrays, found more";
  CHECK(bad("title = " + deepest).find(levels) != std::string::npos);
  CHECK(bad("\ntags = " + repeat("[", 15) + repeat("]", 15)).find(levels) == std::string::npos);
  CHECK(bad("\ntags = " + repeat("[", 16) + repeat("]", 16)) == "s.toml:2:23: " + levels);
  CHECK(
      bad("", {(repeat("a.", 10) + "a=" + repeat("[", 9) + repeat("]", 9)).c_str()}).find(levels) !=
      std::string::npos);
  CHECK(bad("", {("title=" + repeat("[", 1'000) + repeat("]", 1'000)).c_str(), "gpus=1"}) != "");
  CHECK(bad("", {(repeat("a.", 100) + "a=1").c_str()}).find("expected a dotted key") !=
        std::string::npos);
}

TEST_CASE("config: --set") {
  const char* owners = "[[owner]]\nname='naver'\ngpus=1\n[[owner]]\nname='kt'\ngpus=2\n";
  CHECK(good("", {"gpus_per_node=4", "policy.order=easy", "title= a b "}).order == Order::easy);
  CHECK(good("", {"title= a b "}).title == " a b ");
  CHECK(good("", {"title=\"a=b\""}).title == "a=b");
  CHECK(good("", {"title="}).title == "");
  CHECK(good("", {"repair=2h"}).repair == 2_h);
  CHECK(good("", {"start=2030-01-01"}).start == *parse_time("2030-01-01"));
  CHECK(good("", {"sizes=[3, 4]", "sizes.0=5"}).sizes == std::vector<int64_t>{5, 4});
  CHECK(good("", {"policy={order='easy'}", "policy.reservation=3"}).reservation == 3);
  CHECK(good(owners, {"owner.naver.gpus=100"}).owners[0].gpus == 100);
  CHECK(good(owners, {"owner.1.gpus=100"}).owners[1].gpus == 100);
  CHECK(good(owners, {"owner.\"kt\".gpus=100", "owner . kt . gpus = 7"}).owners[1].gpus == 7);
  CHECK(good("", {"class.\"a.b\".share=2"}).classes == std::vector<std::string>{"a.b"});
  CHECK(good("", {"title=1\ngpus_per_node=2"}).title == "1\ngpus_per_node=2");

  CHECK(bad(owners, {"owner.9.gpus=1"}) ==
        "--set owner.9.gpus: expected an entry of owner from 0 to 1, found \"9\"");
  CHECK(bad(owners, {"owner.navr.gpus=1"}) ==
        "--set owner.navr.gpus: expected an entry of owner by its name or index, found \"navr\", "
        "did you "
        "mean \"naver\"?");
  CHECK(bad(owners, {"owner.-1.gpus=1"}).find("from 0 to 1") != std::string::npos);
  CHECK(bad(owners, {"owner.99999999999999999999.gpus=1"}).find("owner") != std::string::npos);
  CHECK(bad("owner=[]", {"owner.0.gpus=1"}) == "--set owner.0.gpus: owner has no entries");
  CHECK(bad("title='x'", {"title.a=1"}) == "--set title.a: expected a table at title, found \"x\"");
  CHECK(bad(owners, {"owner.kt.gpus=x"}) ==
        "--set owner.kt.gpus: expected a whole number at least 0 GPUs, found \"x\"");
  CHECK(bad("", {"policy={reservation='x'}"}) ==
        "--set policy: expected a whole number, found \"x\" at policy.reservation");
  CHECK(bad("", {"gpus=1"}).starts_with("--set gpus: unknown key \"gpus\""));
  CHECK(bad("", {"policy.odrer=easy"}) ==
        "--set policy.odrer: unknown key \"odrer\", did you mean \"order\"?");
  CHECK(bad("", {"title"}) ==
        "--set: expected key=value, such as policy.order=easy, found \"title\"");
  for (const char* set : {"=1", ".a=1", "a.=1", "a..b=1", "\"a=1", "\"a\"b=1", " =1"}) {
    CHECK(bad("", {set}).starts_with("--set: expected"));
  }
  CHECK(bad("", {"title=\xff"}) == "--set title: expected text in UTF-8");
}

TEST_CASE("config: written back, it reads the same, in the document's order") {
  const char* toml = R"(zeta = 1
alpha = -0.5
"odd key" = "a\"\\\n\t\u0001\u007F두"
when = 2030-01-01T12:00:00.5+09:00
day = 2030-01-01
big = 1e300
inf = [inf, -inf, 1.0]
mixed = [1, { a = 1, b = [] }, "x"]
none = []

[policy]
order = "easy"

[policy."a.b"]
x = true

[[owner]]
name = "b"

[[owner.node]]
n = 1

[[owner]]
name = "a"

[empty]
)";
  Result<Config> config = Config::parse(toml, "s.toml");
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().text()));
  const std::string text = config->text();
  Result<Config> again = Config::parse(text, "t.toml");
  REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().text()));
  CHECK(again->text() == text);
  CHECK(text == R"(zeta = 1
alpha = -0.5
"odd key" = "a\"\\\n\t\u0001\u007F두"
when = 2030-01-01T12:00:00.5+09:00
day = 2030-01-01
big = 1e+300
inf = [inf, -inf, 1.0]
mixed = [1, { a = 1, b = [] }, "x"]
none = []

[policy]
order = "easy"

[policy."a.b"]
x = true

[[owner]]
name = "b"

[[owner.node]]
n = 1

[[owner]]
name = "a"

[empty]
)");
  Config copy = *config;
  REQUIRE(copy.set("zeta", "2"));
  REQUIRE(copy.set("new.key", "easy"));
  CHECK(copy.text().starts_with("zeta = 2\nalpha"));
  CHECK(copy.text().ends_with("[new]\nkey = \"easy\"\n"));
  CHECK(config->text() == text);
}

TEST_CASE("config: describe lists every key once, with no errors raised") {
  const std::vector<KeyDoc> docs = Config::describe([](ConfigReader& in) {
    CHECK(in.describing());
    CHECK(in.has("anything"));
    const Site site = read_site(in);
    CHECK(site.owners[0].gpus == 0);
    CHECK(site.scale == 1.0);
    in.fail("gpus_per_node", "no");
    CHECK(!in.failed());
    in.integer("gpus_per_node", 8, {});
    CHECK(in.finish().ok());
  });
  std::string text;
  for (const KeyDoc& d : docs) {
    text += d.path + " | " + d.type + " | " + d.unit + " | " + d.value + " | " + d.range + " | " +
            d.doc + "\n";
  }
  CHECK(text == R"(gpus_per_node | integer | GPUs | 8 | from 1 to 32 | GPUs in each node
load | number | Erlang | 0.8 | from 0 to 1 | offered load
preempt | boolean |  | false |  | may a job be preempted
title | text |  | "untitled" |  | what reports call it
repair | duration |  | "4h" | from 0s to 30d | time to repair
start | time |  | "1970-01-01T00:00:00Z" |  | first instant
mode | choice |  | "open" | "open" or "closed" | how jobs come
scale | scale |  | "x1" |  | stretch of run times
sizes | integers | GPUs | [1, 8] | at least 1 | sizes
weights | numbers |  | [] | at least 0 | weights
tags | texts |  | [] |  | tags
policy | table |  |  |  | how jobs are ordered
policy.order | choice |  | "fifo" | "fifo" or "easy" | order
policy.reservation | integer |  | 1 |  | jobs with a reservation
owner | tables |  |  |  | who owns nodes
owner[].name | text |  | required |  | name
owner[].gpus | integer | GPUs | required | at least 0 | GPUs owned
power | table |  | optional |  | power model
power.idle_w | number | W | required |  | idle power
class | tables |  |  |  | job classes
class.<name>.share | number |  | 1.0 |  | share
)");
}

TEST_CASE("config: a reader's own errors, and the first error wins") {
  const auto run = [](const char* toml, const std::function<void(ConfigReader&)>& read) {
    return Config::parse(toml, "s.toml")->read(read).error().text();
  };
  CHECK(run("a = 1\nb = 2", [](ConfigReader& in) {
          in.fail("b", "must be below a");
          in.fail("a", "later");
          CHECK(in.failed());
        }) == "s.toml:2:5: b: must be below a");
  CHECK(run("", [](ConfigReader& in) { in.fail("", "needs a fleet"); }) == "s.toml: needs a fleet");
  CHECK(run("[p]\n", [](ConfigReader& in) {
          in.table("p", "", [](ConfigReader& p) { p.fail("x", "is missing"); });
        }) == "s.toml:1:1: p.x: is missing");
  CHECK(run("a = 'x'", [](ConfigReader& in) {
          CHECK(in.integer("a", required, {}) == 0);
          in.text("b", required, "");
        }) == "s.toml:1:5: a: expected a whole number, found \"x\"");
}
