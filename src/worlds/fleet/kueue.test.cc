#include "worlds/fleet/kueue.h"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/config.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "worlds/fleet/scenario.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using Within = ReclaimOptions::Within;

KueueQuotas read(std::string_view text) {
  const Result<KueueQuotas> r = read_kueue(text, "quotas.yaml");
  REQUIRE_MESSAGE(r.ok(), (r.ok() ? "" : r.error().text()));
  return *r;
}

std::string error_of(std::string_view text) {
  const Result<KueueQuotas> r = read_kueue(text, "quotas.yaml");
  return r ? "no error" : r.error().text();
}

bool has_note(const KueueQuotas& q, std::string_view part) {
  return std::any_of(q.notes.begin(), q.notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

// Everything of accounts, for comparisons.
std::string all_of(const std::vector<AccountKeys>& accounts) {
  std::string out;
  for (const AccountKeys& a : accounts) {
    out += a.name + '<' + a.parent + ' ' + a.owner + ' ' + shortest(a.weight) + ' ' +
           shortest(a.budget_gpu_h);
    for (const AccountKeys::Quota& q : a.quotas) {
      out += " [" + to_string(q.at.from({})) + ' ' + q.gpu_model + ' ' + shortest(q.nominal) + ' ' +
             shortest(q.borrowing) + ' ' + shortest(q.lending) + ']';
    }
    out += '\n';
  }
  return out;
}

std::string queue(const std::string& name, const std::string& spec) {
  return "---\napiVersion: kueue.x-k8s.io/v1beta1\nkind: ClusterQueue\nmetadata:\n  name: " + name +
         "\nspec:\n  namespaceSelector: {}\n" + spec;
}
std::string cohort(const std::string& name, const std::string& spec) {
  return "---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: Cohort\nmetadata:\n  name: " + name +
         "\nspec:\n" + spec;
}
// One group with GPUs of flavors: "h100", "nominalQuota: 9".
std::string gpus(const std::vector<std::pair<std::string, std::string>>& flavors) {
  if (flavors.empty()) return {};
  std::string out = "  resourceGroups:\n  - coveredResources: [\"nvidia.com/gpu\"]\n    flavors:\n";
  for (const auto& [name, limits] : flavors) {
    out += "    - name: " + name + "\n      resources:\n      - {name: nvidia.com/gpu, " + limits +
           "}\n";
  }
  return out;
}

// What accounts may take, by the world's own quotas.
class Fleet {
 public:
  Fleet(const std::vector<AccountKeys>& accounts, const std::vector<std::string>& models) {
    Model m = test::cluster({{test::node(8), 4}});
    m.gpu_models = models;
    OperationsKeys keys;
    keys.accounts = accounts;
    const auto added = add_accounts(keys, m);
    REQUIRE_MESSAGE(added.ok(), (added.ok() ? "" : added.error().text()));
    model_ = test::finished(std::move(m));
    tree_ = World(model_).quota();
  }
  int64_t left(const std::string& account, uint32_t gpu_model = 0) const {
    return tree_.available(model_->account_parent, find_account(*model_, account), gpu_model);
  }
  void take(const std::string& account, int64_t gpu_milli, uint32_t gpu_model = 0) {
    tree_.take(model_->account_parent, find_account(*model_, account), gpu_model, gpu_milli);
  }

 private:
  std::shared_ptr<const Model> model_;
  QuotaTree tree_;
};

TEST_CASE("kueue: borrowing and lending limits of the documentation's two teams") {
  // docs/concepts/cluster_queue: 9 and 12 in a cohort; the first may borrow 1, the second any.
  const KueueQuotas q =
      read(queue("team-a-cq", "  cohort: team-ab\n" + gpus({{"h100",
                                                             "nominalQuota: 9, "
                                                             "borrowingLimit: 1"}})) +
           queue("team-b-cq", "  cohort: team-ab\n" + gpus({{"h100", "nominalQuota: 12"}})));
  REQUIRE(q.accounts.size() == 3);
  CHECK(q.accounts[0].name == "team-ab");
  CHECK(q.accounts[1].parent == "team-ab");
  Fleet f(q.accounts, {"h100"});
  CHECK(f.left("team-a-cq") == 10'000);
  CHECK(f.left("team-b-cq") == 21'000);
  f.take("team-b-cq", 20'000);
  CHECK(f.left("team-a-cq") == 1'000);
  CHECK(f.left("team-b-cq") == 1'000);

  // ... and the second lends 1 at most.
  Fleet lends(
      read(queue("a", "  cohortName: ab\n" + gpus({{"h100", "nominalQuota: 9"}})) +
           queue("b", "  cohortName: ab\n" + gpus({{"h100", "nominalQuota: 12, lendingLimit: 1"}})))
          .accounts,
      {"h100"});
  CHECK(lends.left("a") == 10'000);
  CHECK(lends.left("b") == 21'000);
  lends.take("a", 10'000);
  CHECK(lends.left("b") == 11'000);
}

TEST_CASE("kueue: the documentation's cohorts with quota of their own, in a tree") {
  // docs/concepts/cohort: 12 in the cohort, a queue with none of its own gets them; a queue that
  // does not list the flavor gets nothing. Two organisations with weights under one root.
  const KueueQuotas q = read(
      cohort("root-cohort", gpus({{"h100", "nominalQuota: 8"}})) +
      cohort("important-org", "  parentName: root-cohort\n  fairSharing: {weight: \"0.75\"}\n" +
                                  gpus({{"h100",
                                         "nominalQuota: 12, lendingLimit: 4, "
                                         "borrowingLimit: 6"}})) +
      cohort("regular-org", "  parent: root-cohort\n  fairSharing:\n    weight: 250m\n") +
      queue("important", "  cohort: important-org\n" + gpus({{"h100", "nominalQuota: 0"}})) +
      queue("regular", "  cohort: regular-org\n" +
                           gpus({{"h100", "nominalQuota: 0"}, {"mi300", "nominalQuota: 2"}})) +
      queue("other", "  cohort: regular-org\n"));
  REQUIRE(q.accounts.size() == 6);
  CHECK(q.accounts[0].name == "root-cohort");
  CHECK(q.accounts[1].name == "important-org");
  CHECK(q.accounts[1].weight == 0.75);
  CHECK(q.accounts[3].weight == 0.25);
  CHECK(q.reclaim.fair_sharing);
  Fleet f(q.accounts, {"h100", "mi300"});
  // 12 of the organisation, and of the root's 8 as many as it may borrow.
  CHECK(f.left("important") == 18'000);
  CHECK(f.left("regular") == 12'000);  // the root's 8, and the 4 that the other lends
  CHECK(f.left("other") == 0);
  CHECK(f.left("regular", 1) == 2'000);
  CHECK(f.left("important", 1) == 0);
  f.take("important", 18'000);
  CHECK(f.left("regular") == 2'000);
}

TEST_CASE("kueue: what is read, in both versions and in lists") {
  const KueueQuotas q = read(R"({"apiVersion": "v1", "kind": "List", "items": [
    {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "ClusterQueue", "metadata": {"name": "a"},
     "spec": {"cohortName": "c", "cohort": null, "queueingStrategy": "StrictFIFO",
              "flavorFungibility": {"whenCanBorrow": "Borrow"},
              "preemption": {"reclaimWithinCohort": "LowerPriority",
                             "withinClusterQueue": "LowerOrNewerEqualPriority",
                             "borrowWithinCohort": {"policy": "LowerPriority"}},
              "resourceGroups": [{"coveredResources": ["cpu", "memory", "amd.com/gpu"], "flavors":
                [{"name": "mi300", "resources": [{"name": "cpu", "nominalQuota": "1500m"},
                  {"name": "memory", "nominalQuota": "20Gi"},
                  {"name": "amd.com/gpu", "nominalQuota": "1.5k", "borrowingLimit": "500m"}]}]}]}},
    {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "LocalQueue", "metadata": {"name": "b"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}]})");
  REQUIRE(q.accounts.size() == 2);
  const AccountKeys& a = q.accounts[1];
  CHECK(a.parent == "c");
  CHECK(a.owner.empty());
  REQUIRE(a.quotas.size() == 1);
  CHECK(a.quotas[0].gpu_model == "mi300");
  CHECK(a.quotas[0].nominal == 1500);
  CHECK(a.quotas[0].borrowing == 0.5);
  CHECK(a.quotas[0].lending == -1);
  CHECK(q.reclaim.cohort == Within::lower_priority);
  CHECK(q.reclaim.own_account);
  CHECK_FALSE(q.reclaim.fair_sharing);
  for (const char* note :
       {"quotas of cpu, memory;", "spec.flavorFungibility", "kind LocalQueue", "kind Namespace",
        "borrowWithinCohort", "LowerOrNewerEqualPriority", "StrictFIFO"}) {
    CAPTURE(note);
    CHECK(has_note(q, note));
  }
}

TEST_CASE("kueue: preemption is that of most queues") {
  const std::string any = "  preemption: {reclaimWithinCohort: Any}\n";
  const KueueQuotas q = read(queue("a", any) + queue("b", any) + queue("c", ""));
  CHECK(q.reclaim.cohort == Within::any);
  CHECK_FALSE(q.reclaim.own_account);
  CHECK(has_note(q, "taken as in 2 of 3 ClusterQueues"));
  const KueueQuotas none = read(queue("a", any) + queue("b", "") + queue("c", ""));
  CHECK(none.reclaim.cohort == Within::never);
  CHECK_FALSE(has_note(read(queue("a", any)), "preemption"));
  for (const Within cohort : {Within::never, Within::lower_priority, Within::any}) {
    for (const bool own : {false, true}) {
      const KueueQuotas back =
          read(kueue_yaml(q.accounts, {}, ReclaimOptions{.cohort = cohort, .own_account = own}));
      CHECK(back.reclaim.cohort == cohort);
      CHECK(back.reclaim.own_account == own);
    }
  }
}

TEST_CASE("kueue: a cohort with the name of a queue, and limits outside a cohort") {
  const KueueQuotas q = read(queue("x", "  cohort: x\n") +
                             queue("alone", gpus({{"g", "nominalQuota: 3, borrowingLimit: 0"}})));
  REQUIRE(q.accounts.size() == 3);
  CHECK(q.accounts[0].name == "alone");
  CHECK(q.accounts[0].quotas[0].borrowing == -1);
  CHECK(has_note(q, "outside any cohort"));
  CHECK(q.accounts[1].name == "x-cohort");
  CHECK(q.accounts[2].name == "x");
  CHECK(q.accounts[2].parent == "x-cohort");
}

TEST_CASE("kueue: what is written reads back the same") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random r{seed, 1, 0};
    std::string text;
    const uint64_t cohorts = r.below(6), queues = 1 + r.below(8);
    const auto limits = [&] {
      std::vector<std::pair<std::string, std::string>> out;
      for (const char* flavor : {"h100", "h200", "b300"}) {
        if (r.chance(0.3)) continue;
        std::string x =
            "nominalQuota: " + std::to_string(r.below(3000)) + (r.chance(0.5) ? "m" : "");
        if (r.chance(0.5)) x += ", borrowingLimit: " + std::to_string(r.below(50));
        if (r.chance(0.5)) x += ", lendingLimit: " + std::to_string(r.below(50));
        out.emplace_back(flavor, x);
      }
      return out;
    };
    const auto weight = [&] {
      return "  fairSharing: {weight: " + std::to_string(r.below(3000)) +
             (r.chance(0.5) ? "m" : "u") + "}\n";
    };
    for (uint64_t c = 0; c < cohorts; ++c) {
      std::string spec = weight() + gpus(limits());
      if (c > 0 && r.chance(0.7)) spec += "  parentName: c" + std::to_string(r.below(c)) + "\n";
      text += cohort("c" + std::to_string(c), spec);
    }
    for (uint64_t i = 0; i < queues; ++i) {
      std::string spec = weight() + gpus(limits());
      if (r.chance(0.8)) spec += "  cohort: c" + std::to_string(r.below(cohorts + 1)) + "\n";
      text += queue("q" + std::to_string(i), spec);
    }
    CAPTURE(text);
    const KueueQuotas once = read(text);
    const std::string written = kueue_yaml(once.accounts);
    const KueueQuotas twice = read(written);
    REQUIRE(all_of(once.accounts) == all_of(twice.accounts));
    REQUIRE(kueue_yaml(twice.accounts) == written);
  }
}

TEST_CASE("kueue: accounts that Kueue cannot say in full") {
  std::vector<AccountKeys> accounts(3);
  accounts[0].name = "Cloud  One";
  accounts[0].quotas.resize(3);
  accounts[0].quotas[0].gpu_model = "H100 80GB";
  accounts[0].quotas[0].nominal = 16;
  accounts[0].quotas[1] = accounts[0].quotas[0];
  accounts[0].quotas[1].at.after = 30_d;
  accounts[0].quotas[2].gpu_model = "B300";
  accounts[1].name = "cloud-one";
  accounts[1].parent = "Cloud  One";
  accounts[1].budget_gpu_h = 100;
  accounts[2].name = "국가";
  const std::string text = kueue_yaml(accounts);
  for (const char* part : {"# \"Cloud  One\" is called cloud-one-2.\n", "is called unnamed.\n",
                           "# \"H100 80GB\" is called h100-80gb.\n", "# Left out: 1 budget.\n",
                           "# Left out: 1 quota of a later date.\n", "cohortName: \"cloud-one-2\"",
                           "# Left out: the quota of cloud-one-2 for b300, which follows"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  const KueueQuotas q = read(text);
  REQUIRE(q.accounts.size() == 3);
  CHECK(q.accounts[0].quotas[0].gpu_model == "h100-80gb");
  CHECK(q.accounts[0].quotas[0].nominal == 16);
}

TEST_CASE("kueue: quantities") {
  const auto value = [](std::string_view text) {
    const Result<double> r = parse_quantity(text);
    return r ? *r : -1;
  };
  CHECK(value("10") == 10);
  CHECK(value("1500m") == 1.5);
  CHECK(value("333m") == 0.333);
  CHECK(value("20Gi") == 20.0 * 1024 * 1024 * 1024);
  CHECK(value("1e3") == 1000);
  CHECK(value("12E") == 12e18);
  CHECK(value(".5k") == 500);
  for (const char* wrong :
       {"", "m", "-1", "1e3k", "1 k", "ten", "inf", "nan", "1KiB", "0x10", "Ki"}) {
    CAPTURE(wrong);
    CHECK(value(wrong) == -1);
  }
}

TEST_CASE("kueue: mistakes are told with their line") {
  CHECK(error_of("a: [1") ==
        "quotas.yaml:1:1: expected YAML, found end of sequence flow not found");
  CHECK(error_of("") == "quotas.yaml: expected objects of kind ClusterQueue or Cohort, found none");
  CHECK(error_of("x").find("1:1: expected an object with a kind, found \"x\"") !=
        std::string::npos);
  CHECK(error_of(queue("a", "  cohort: [x]\n")) ==
        "quotas.yaml:8:11: cohort: expected the name of a cohort, found a list");
  CHECK(error_of(queue("a", gpus({{"g", "nominalQuota: many"}})))
            .find("quotas.yaml:13:46: nominalQuota: expected a quantity such as 10, 1500m or 20Gi, "
                  "found "
                  "\"many\"") == 0);
  CHECK(error_of(queue("a", gpus({{"g", "nominalQuota: 1, borowingLimit: 1"}})))
            .find("did you mean \"borrowingLimit\"?") != std::string::npos);
  CHECK(error_of(queue("a", gpus({{"g", "borrowingLimit: 1"}})))
            .find("nominalQuota: expected this key, found none") != std::string::npos);
  CHECK(error_of(queue("a", "") + queue("a", ""))
            .find("quotas.yaml:9:1: metadata.name: expected "
                  "another name") == 0);
  CHECK(error_of(queue("a", gpus({{"g", "nominalQuota: 1"}, {"g", "nominalQuota: 1"}})))
            .find("expected one GPU resource for flavor \"g\"") != std::string::npos);
  CHECK(error_of(cohort("a", "  parent: b\n") + cohort("b", "  parent: a\n"))
            .find("expected cohorts without a circle, found \"a\"") != std::string::npos);
  CHECK(error_of("apiVersion: kueue.x-k8s.io/v2\nkind: Cohort\nmetadata: {name: a}\n") ==
        "quotas.yaml:1:13: apiVersion: expected kueue.x-k8s.io/v1beta1 or kueue.x-k8s.io/v1beta2, "
        "found \"kueue.x-k8s.io/v2\"");
  CHECK(error_of("kind: a\nkind: b\n").find("quotas.yaml:2:7: kind: expected this key once") == 0);
  CHECK(error_of("a: &x 1\nb: *x\n").find("quotas.yaml:2:4: expected YAML, found an alias") == 0);
  CHECK(error_of("kind: a\napiVersion: b\n---\n{kind: c, apiVersion: d},\n") ==
        "quotas.yaml:4:25: expected YAML, found something after the end of a document");
  CHECK(error_of("[x]: 1\n").find("a key that is a list or a map") != std::string::npos);
  CHECK(error_of(std::string("a: \x04")).find("control character") != std::string::npos);
  CHECK(error_of("a: \xff").find("expected UTF-8 text") != std::string::npos);
}

TEST_CASE("kueue: a scenario takes accounts from a file") {
  struct File {
    std::string path = std::filesystem::temp_directory_path() /
                       ("dure-kueue-" + std::to_string(getpid()) + ".yaml");
    ~File() { std::filesystem::remove(path); }
  } file;
  const std::string preemption =
      "  preemption: {reclaimWithinCohort: Any, withinClusterQueue: Never}\n";
  REQUIRE(write_file_atomic(
              file.path,
              queue("train", "  cohort: all\n" + preemption + gpus({{"any", "nominalQuota: 24"}})) +
                  queue("serve", "  cohort: all\n" + preemption +
                                     gpus({{"any", "nominalQuota: 8, borrowingLimit: 4"}})))
              .ok());
  const auto scenario = [&](const std::string& accounts) {
    const auto config = Config::parse(
        "world = \"fleet\"\nend = \"2d\"\n[[node_type]]\nname = \"n\"\n"
        "[[workload]]\nname = \"w\"\ngpus = \"1\"\nduration = \"1h\"\n"
        "[[owner]]\nname = \"o\"\nnode_type = \"n\"\ngpus = 32\n"
        "load = [{ workload = \"w\", share = 0.5, account = \"llm\" }]\n"
        "[[account]]\nname = \"llm\"\nparent = \"train\"\n[accounts]\n" +
            accounts,
        "s.toml");
    REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().text()));
    return read_scenario(*config, std::filesystem::path(file.path).parent_path());
  };
  const std::string key =
      "kueue = " + toml_text(std::filesystem::path(file.path).filename().string());
  const auto s = scenario(key);
  REQUIRE_MESSAGE(s.ok(), (s.ok() ? "" : s.error().text()));
  const World w(s->model);
  CHECK(w.quota_left(find_account(*s->model, "serve"), 0) == 12'000);
  CHECK(w.quota_left(find_account(*s->model, "llm"), 0) == 32'000);
  CHECK_FALSE(s->rules.reclaim);
  CHECK(std::any_of(
      s->model->assumptions.begin(), s->model->assumptions.end(),
      [](const std::string& a) { return a.ends_with("left out: spec.namespaceSelector"); }));
  const auto reclaims = scenario(key + "\npreemption = true");
  REQUIRE(reclaims.ok());
  CHECK(reclaims->rules.reclaim);
  CHECK(reclaims->rules.reclaim_options.cohort == Within::any);
  CHECK_FALSE(reclaims->rules.reclaim_options.own_account);
  const auto absent = scenario("kueue = \"no-such.yaml\"");
  REQUIRE_FALSE(absent.ok());
  CHECK(absent.error().text().find("no-such.yaml") != std::string::npos);
}

TEST_CASE("kueue: deep and long texts are refused, not followed") {
  for (const char* open : {"[", "{a: ", "- ", "? ", "[a: "}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    CHECK(error_of(text).find("expected YAML, found ") != std::string::npos);
  }
  std::string deep = "x: ";
  for (size_t i = 0; i < kMaxYamlDepth; ++i) deep.insert(0, "- ");
  CHECK(error_of(deep).find("more than 32 levels") != std::string::npos);
  CHECK(error_of(std::string(kMaxYamlBytes + 1, ' ')).find("bytes") != std::string::npos);
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += cohort("c" + std::to_string(i), "  parent: c" + std::to_string(i + 1) + "\n");
  CHECK(error_of(many).find("levels of cohorts") != std::string::npos);
}

}  // namespace
}  // namespace dure::fleet
