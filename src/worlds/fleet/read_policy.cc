#include "worlds/fleet/read_policy.h"

namespace dure::fleet {
namespace {

void read_multifactor(ConfigReader& in, RankOptions& o) {
  const auto weight = [&](const char* key, double fallback, const char* doc) {
    return in.number(key, fallback, {.doc = doc, .min = 0, .max = 1e12});
  };
  o.age_weight = weight("age_weight", o.age_weight, "multifactor: of the time waited");
  o.fair_share_weight =
      weight("fair_share_weight", o.fair_share_weight, "multifactor: of the account's fair share");
  o.size_weight =
      weight("size_weight", o.size_weight, "multifactor: of the share of all GPUs asked for");
  o.priority_weight = weight("priority_weight", o.priority_weight, "multifactor: of the priority");
  o.max_age = in.duration(
      "max_age", o.max_age,
      {.doc = "multifactor: when the time waited counts in full", .min = 1_s, .max = 3650_d});
  o.fair_share = in.choice<FairShare>(
      "fair_share", FairShare::tree, {{"tree", FairShare::tree}, {"classic", FairShare::classic}},
      "multifactor: as Slurm's Fair Tree, or 2^(-use / shares) as its older plugin");
}

void read_reclaim(ConfigReader& in, RuleOptions& o) {
  o.reclaim = in.boolean("reclaim", false,
                         "with quotas: jobs within their account's own may stop those of accounts "
                         "that borrow, and those of less priority in their own");
  o.reclaim_by_period =
      in.choice("reclaim_when", "always", {"always", "period"},
                "for a waiting job: whenever something changes, or when it is submitted and after "
                "each accounting.usage_period, which is quicker in large fleets") == "period";
  o.reclaim_depth =
      static_cast<uint32_t>(in.integer("reclaim_depth", 1,
                                       {.unit = "jobs",
                                        .doc = "of an account, that reclaim is tried for per pass",
                                        .min = 1,
                                        .max = 1000}));
  using Within = ReclaimOptions::Within;
  o.reclaim_options.cohort = in.choice<Within>(
      "reclaim_from", Within::any,
      {{"any", Within::any}, {"lower-priority", Within::lower_priority}, {"never", Within::never}},
      "reclaim: whose jobs of other accounts may be stopped (Kueue's reclaimWithinCohort)");
  o.reclaim_options.own_account = in.boolean(
      "preempt_own", true, "reclaim: jobs of less priority in one's own account may be stopped");
  o.reclaim_options.fair_sharing = in.boolean(
      "fair_sharing", false, "reclaim: a job that borrows may stop one whose account borrows more");
  o.reclaim_options.max_steps = static_cast<uint64_t>(in.integer(
      "reclaim_steps", 100'000,
      {.doc = "reclaim: work for the search for the least loss", .min = 1, .max = 1'000'000'000}));
}

}  // namespace

PolicyKeys read_policy(ConfigReader& in) {
  PolicyKeys p;
  RuleOptions& o = p.rules;
  p.order = in.choice("order", "easy", {"fifo", "easy", "conservative", "loss"},
                      "what becomes of jobs that do not fit: fifo (the first blocks), easy and "
                      "conservative (backfill), loss (nobody waits)");
  o.order = p.order == "easy"           ? Order::easy
            : p.order == "conservative" ? Order::conservative
            : p.order == "loss"         ? Order::loss
                                        : Order::fifo;
  p.rank = in.choice(
      "rank", "arrival",
      {"arrival", "priority", "multifactor", "drf", "shortest", "least-attained"},
      "which job is first: arrival, priority (with ageing), multifactor (Slurm's), drf (the "
      "account "
      "that holds least for its weight), shortest (by limit), least-attained (served so far)");
  constexpr std::pair<std::string_view, Rank> kRanks[] = {
      {"arrival", Rank::arrival},         {"priority", Rank::priority},
      {"multifactor", Rank::multifactor}, {"drf", Rank::drf},
      {"shortest", Rank::shortest},       {"least-attained", Rank::least_attained}};
  for (const auto& [word, rank] : kRanks) {
    if (word == p.rank) o.rank.rank = rank;
  }
  p.placement = in.choice("placement", "best-fit",
                          {"first-fit", "best-fit", "random", "fgd", "dot", "spread"},
                          "which nodes a job gets, see `dure list`");
  o.easy.depth =
      static_cast<uint32_t>(in.integer("depth", 100,
                                       {.unit = "jobs",
                                        .doc = "backfill: waiting jobs looked at per reservation",
                                        .min = 0,
                                        .max = 1'000'000}));
  o.grow_after = in.duration(
      "grow_after", o.grow_after,
      {.doc = "that an elastic job has run before it is given more tasks", .max = 365_d});
  o.rank.ageing_per_h =
      in.number("ageing_per_h", 0,
                {.doc = "priority: so much more for each hour waited", .min = 0, .max = 1e9});
  o.rank.by_area = in.boolean("by_area", true, "shortest: by limit x GPUs, else by limit alone");
  read_multifactor(in, o.rank);
  read_reclaim(in, o);
  return p;
}

RuleOptions PolicyKeys::options() const {
  RuleOptions o = rules;
  if (placement == "first-fit") o.placement = FirstFit{};
  if (placement == "best-fit") o.placement = BestFit{};
  if (placement == "random") o.placement = RandomFit{};
  if (placement == "fgd") o.placement = Scored(Score::fgd);
  if (placement == "dot") o.placement = Scored(Score::dot);
  if (placement == "spread") o.placement = Scored(Score::spread);
  return o;
}

std::string PolicyKeys::name() const {
  return order + (rank == "arrival" ? "" : ", " + rank) + ", " + placement +
         (rules.reclaim ? ", reclaim" : "");
}

}  // namespace dure::fleet
