#include "apps/cli/plan_command.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/places.h"
#include "apps/cli/plan_command_scenario.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "worlds/fleet/training_plan.h"
#include "worlds/fleet/training_presets.h"

namespace dure::cli {
namespace {

using fleet::Parallelism;
using fleet::TrainingPlan;
using fleet::TrainingStep;
using fleet::TrainingTask;
using fleet::TransformerShape;

std::string commas(double x) { return with_commas(std::llround(x)); }
// "12,345", "1.5 million", "15 trillion".
std::string big(double x) {
  for (const auto& [size, name] :
       {std::pair{1e12, " trillion"}, {1e9, " billion"}, {1e6, " million"}}) {
    // What rounds to a thousand of one is one of the next.
    if (x >= size * 0.99995) return fmt::format("{:.4g}{}", x / size, name);
  }
  return commas(x);
}
double days(Duration d) { return d.seconds() / 86'400; }
// "71.6 days", "12 min".
std::string span(Duration d) {
  if (d < 1_d) return to_human(d);
  return (days(d) < 999.95 ? fmt::format("{:.1f}", days(d)) : commas(days(d))) + " days";
}

// ---- what was asked for ----

Result<TransformerShape> shape_of(const PlanTrainingOptions& o) {
  TransformerShape s;
  if (o.model) {
    Result<TransformerShape> known = fleet::find_shape(*o.model);
    if (!known) return Error{.message = known.error().message, .key = "--model"};
    s = *known;
    s.seq = o.seq;
  } else if (o.params) {
    if (!(*o.params >= fleet::kLeastParameters && *o.params <= fleet::kMostParameters)) {
      return Error{
          .message = fmt::format("expected from {:g} to {:g} parameters, found {:g}",
                                 fleet::kLeastParameters, fleet::kMostParameters, *o.params),
          .key = "--params"};
    }
    s = fleet::shape_of(*o.params, o.seq);
  } else {
    return Error{.message = "expected --params or --model, see `dure plan training --help`"};
  }
  const auto change = [&](uint32_t& figure, const std::optional<uint32_t>& to) {
    if (!to || *to == figure) return;
    figure = *to;
    if (!s.name.ends_with(", changed")) s.name += ", changed";
  };
  change(s.layers, o.layers);
  change(s.hidden, o.hidden);
  change(s.heads, o.heads);
  change(s.kv_heads, o.kv_heads);
  change(s.ffn, o.ffn);
  change(s.vocab, o.vocab);
  return s;
}

Result<Duration> duration_of(const std::string& text, const char* option) {
  Result<Duration> d = parse_duration(text);
  if (!d) return Error{.message = d.error().message, .key = option};
  return d;
}

Result<TrainingTask> task_of(const PlanTrainingOptions& o) {
  TrainingTask t;
  DURE_TRY(t.shape, shape_of(o));
  Result<fleet::Accelerator> gpu = fleet::find_accelerator(o.gpu);
  if (!gpu) return Error{.message = gpu.error().message, .key = "--gpu"};
  t.gpu = *gpu;
  t.gpus = o.gpus;
  t.tokens = o.tokens;
  t.batch_tokens = o.batch_tokens;
  t.pue = o.pue;
  DURE_TRY(t.restart, duration_of(o.restart, "--restart"));
  if (o.checkpoint_cost) {
    DURE_TRY(t.checkpoint_cost, duration_of(*o.checkpoint_cost, "--checkpoint-cost"));
  }
  if (o.checkpoint_interval) {
    DURE_TRY(t.interval, duration_of(*o.checkpoint_interval, "--checkpoint-interval"));
  }
  if (o.node_mtbf) {
    DURE_TRY(const Duration mtbf, duration_of(*o.node_mtbf, "--node-mtbf"));
    const Duration least = from_seconds(3600.0 / t.gpu.gpus_per_node);
    if (mtbf < least)
      return Error{.message = fmt::format("expected at least {}, which is a failure per GPU and "
                                          "hour, found {}",
                                          to_string(least), quoted(*o.node_mtbf)),
                   .key = "--node-mtbf"};
    t.failures_per_gpu_hour = 3600 / mtbf.seconds() / t.gpu.gpus_per_node;
  }
  // The keys are options, but for the dashes and one name.
  if (const Result<void> sound = check(t); !sound) {
    const std::string& key = sound.error().key;
    std::string option = "--" + (key == "interval" ? "checkpoint_interval" : key);
    std::replace(option.begin(), option.end(), '_', '-');
    return Error{.message = sound.error().message, .key = option};
  }
  return t;
}

// ---- what is told ----

std::string split_text(const Parallelism& p) {
  std::string text = fmt::format("tensor {}, ", p.tensor);
  if (p.context > 1) text += fmt::format("context {}, ", p.context);
  text += fmt::format("pipeline {}", p.pipeline);
  if (p.virtual_stages > 1) text += fmt::format(" (x {} chunks)", p.virtual_stages);
  return text + ", data " + commas(p.data);
}

std::string head_text(const TrainingTask& t) {
  const TransformerShape& s = t.shape;
  return fmt::format(
      "{}: {} parameters, {} layers of {}, {} heads ({} for keys and "
      "values), ffn {}, vocabulary {}\n"
      "{} {} in sequences of {}, on {} {}\n",
      s.name, big(s.parameters()), s.layers, commas(s.hidden), s.heads, s.kv_heads, commas(s.ffn),
      commas(s.vocab), big(t.tokens), t.tokens < 1.5 ? "token" : "tokens", commas(s.seq),
      commas(static_cast<double>(t.gpus)), t.gpu.name);
}

std::string gpus_text(const TrainingTask& t, const TrainingPlan& plan) {
  const Parallelism& p = plan.parallelism;
  const std::string text = fmt::format("{} used, {} idle", commas(static_cast<double>(p.gpus())),
                                       commas(static_cast<double>(plan.idle_gpus)));
  switch (why_idle(t, plan)) {
    case fleet::WhyIdle::none:
      return text;
    case fleet::WhyIdle::replica:
      return text + fmt::format(": another replica takes {}",
                                commas(static_cast<double>(p.gpus() / p.data)));
    case fleet::WhyIdle::failures:
      return text + ": with more, failures would cost more time than they save";
    case fleet::WhyIdle::batch:
      return text + fmt::format(": with a batch of {} tokens, no plan with more is faster",
                                big(t.batch_tokens));
  }
  DURE_ASSERT(false, "a reason that has no text");
}

std::string best_text(const TrainingTask& t, const TrainingPlan& plan,
                      const std::optional<double>& cost) {
  const Parallelism& p = plan.parallelism;
  const TrainingStep& s = plan.step;
  const auto& m = s.memory;
  TextTable table;
  table.row({"time", fmt::format("{}: {} of steps, {} lost to failures, checkpoints and starting",
                                 span(plan.time), span(plan.productive),
                                 span(plan.time - plan.productive))});
  table.row({"GPUs", gpus_text(t, plan)});
  table.row({"split", split_text(p) + fmt::format("; {} sharded, recomputation: {}",
                                                  name_of(p.sharding), name_of(p.recompute))});
  table.row(
      {"batch", fmt::format("{}, {} tokens: {} of {} per replica; {}",
                            counted(p.global_batch, "sequence"), big(plan.batch_tokens),
                            commas(p.micro_batches()) +
                                (p.micro_batches() == 1 ? " micro-batch" : " micro-batches"),
                            p.micro_batch, counted(static_cast<uint64_t>(plan.steps), "step"))});
  std::string parts;
  for (const auto& [name, x] : {std::pair{"matrix products", s.matmul_s},
                                {"other kernels", s.other_s},
                                {"tensor-parallel", s.tensor_s},
                                {"context-parallel", s.context_s},
                                {"pipeline bubble", s.bubble_s},
                                {"sends between stages", s.stage_s},
                                {"gradients and parameters", s.data_s},
                                {"optimiser", s.optimiser_s}}) {
    const double share = 100 * x / s.step_s;
    if (share < 0.05) continue;
    parts += fmt::format("{}{} {:.1f} %", parts.empty() ? "" : ", ", name, share);
  }
  table.row({"step", fmt::format("{:.3g} s: ", s.step_s) + parts});
  table.row(
      {"MFU", fmt::format("{:.1f} % ({:.0f} TFLOP/s per GPU), with recomputation {:.1f} %; {} "
                          "tokens/s",
                          100 * s.mfu, s.model_flops / s.step_s / 1e12, 100 * s.hfu,
                          commas(s.tokens_per_s))});
  table.row({"memory", fmt::format("{:.1f} of {:.0f} GB: parameters {:.1f}, gradients {:.1f}, "
                                   "optimiser {:.1f}, activations {:.1f}, reserved {:.1f}",
                                   m.total() / 1e9, t.gpu.memory_bytes / 1e9, m.parameters / 1e9,
                                   m.gradients / 1e9, m.optimiser / 1e9, m.activations / 1e9,
                                   m.reserved / 1e9)});
  if (plan.mtbf == Duration::max()) {
    table.row({"failures", "none"});
  } else {
    table.row(
        {"failures", fmt::format("{} interruptions, one in {}; {} each to restart",
                                 plan.interruptions < 10 ? fmt::format("{:.1f}", plan.interruptions)
                                                         : commas(plan.interruptions),
                                 to_human(plan.mtbf), to_human(plan.checkpointing.restart))});
  }
  table.row({"checkpoints", fmt::format("every {}, for {}", to_human(plan.checkpointing.interval),
                                        to_human(plan.checkpointing.cost))});
  table.row({"effective", fmt::format("{:.1f} % of the time is productive", 100 * plan.effective)});
  table.row({"energy", (plan.energy_mwh < 10 ? fmt::format("{:.2g}", plan.energy_mwh)
                                             : commas(plan.energy_mwh)) +
                           " MWh"});
  if (cost) table.row({"cost", commas(*cost)});
  return table.text(0, terminal_width());
}

std::string others_text(const std::vector<TrainingPlan>& plans) {
  using enum TextTable::Align;
  TextTable table(
      {right, right, right, right, right, right, right, right, left, left, right, right});
  table.row({"days", "MFU %", "step s", "tensor", "context", "pipeline", "data", "micro", "sharded",
             "recompute", "GB", "idle"});
  for (const TrainingPlan& plan : plans) {
    const Parallelism& p = plan.parallelism;
    const std::string stages = p.virtual_stages > 1
                                   ? fmt::format("{}x{}", p.pipeline, p.virtual_stages)
                                   : std::to_string(p.pipeline);
    table.row({fmt::format("{:.1f}", days(plan.time)), fmt::format("{:.1f}", 100 * plan.step.mfu),
               fmt::format("{:.2f}", plan.step.step_s), std::to_string(p.tensor),
               std::to_string(p.context), stages, commas(p.data), std::to_string(p.micro_batch),
               name_of(p.sharding), name_of(p.recompute),
               fmt::format("{:.0f}", plan.step.memory.total() / 1e9),
               commas(static_cast<double>(plan.idle_gpus))});
  }
  return table.text();
}

void plan_json(JsonWriter& out, const TrainingPlan& plan, const std::optional<double>& cost) {
  const Parallelism& p = plan.parallelism;
  const TrainingStep& s = plan.step;
  out.begin_object();
  out.field("time_s", plan.time.seconds()).field("productive_s", plan.productive.seconds());
  out.field("effective", plan.effective).field("interruptions", plan.interruptions);
  out.field("gpus", p.gpus()).field("idle_gpus", plan.idle_gpus);
  out.field("energy_mwh", plan.energy_mwh);
  if (cost) out.field("cost", *cost);
  out.key("parallelism").begin_object();
  out.field("tensor", p.tensor).field("context", p.context).field("pipeline", p.pipeline);
  out.field("data", p.data).field("virtual_stages", p.virtual_stages);
  out.field("micro_batch", p.micro_batch).field("global_batch", p.global_batch);
  out.field("recompute", name_of(p.recompute)).field("sharding", name_of(p.sharding)).end_object();
  out.key("step").begin_object();
  out.field("step_s", s.step_s).field("matmul_s", s.matmul_s).field("other_s", s.other_s);
  out.field("tensor_s", s.tensor_s).field("context_s", s.context_s).field("bubble_s", s.bubble_s);
  out.field("stage_s", s.stage_s).field("data_s", s.data_s).field("optimiser_s", s.optimiser_s);
  out.field("mfu", s.mfu).field("hfu", s.hfu).field("tokens_per_s", s.tokens_per_s).end_object();
  out.field("steps", plan.steps);
  out.key("memory_bytes").begin_object();
  out.field("total", s.memory.total()).field("parameters", s.memory.parameters);
  out.field("gradients", s.memory.gradients).field("optimiser", s.memory.optimiser);
  out.field("activations", s.memory.activations).field("reserved", s.memory.reserved).end_object();
  out.key("checkpointing").begin_object();
  out.field("interval_s", plan.checkpointing.interval.seconds());
  out.field("cost_s", plan.checkpointing.cost.seconds());
  out.field("restart_s", plan.checkpointing.restart.seconds());
  out.key("mtbf_s");
  if (plan.mtbf == Duration::max()) {
    out.null();
  } else {
    out.value(plan.mtbf.seconds());
  }
  out.end_object().end_object();
}

std::string all_json(const TrainingTask& t, const std::vector<TrainingPlan>& plans,
                     const std::optional<uint64_t>& fewest, const std::optional<double>& price,
                     auto cost_of) {
  JsonWriter out(JsonWriter::Style::pretty);
  const TransformerShape& s = t.shape;
  out.begin_object().key("model").begin_object();
  out.field("name", s.name).field("parameters", s.parameters()).field("layers", s.layers);
  out.field("hidden", s.hidden).field("heads", s.heads).field("kv_heads", s.kv_heads);
  out.field("ffn", s.ffn).field("vocab", s.vocab).field("seq", s.seq).end_object();
  out.field("gpu", t.gpu.name).field("gpus", t.gpus).field("tokens", t.tokens);
  out.field("batch_tokens", t.batch_tokens);
  out.field("failures_per_gpu_hour", t.failures_per_gpu_hour).field("pue", t.pue);
  if (price) out.field("price", *price);
  out.key("plans").begin_array();
  for (const TrainingPlan& plan : plans) plan_json(out, plan, cost_of(plan));
  out.end_array();
  if (fewest) out.field("fewest_gpus", *fewest);
  return out.end_object().take() + '\n';
}

std::string summary_text(const TrainingTask& t, const TrainingPlan& plan) {
  return fmt::format("A plan of dure plan training: {} on {} {}, {} tokens; {}. Expected: {}.",
                     t.shape.name, commas(static_cast<double>(plan.parallelism.gpus())), t.gpu.name,
                     big(t.tokens), split_text(plan.parallelism), span(plan.time));
}

std::string nothing_fits(const TrainingTask& t, const std::optional<uint64_t>& fewest) {
  const auto gpus = [&](uint64_t n) { return commas(static_cast<double>(n)) + ' ' + t.gpu.name; };
  const std::string what = "This model does not fit on " + gpus(t.gpus);
  if (!fewest) return what + ", nor on more of them.\n";
  if (*fewest > t.gpus) return what + "; the fewest that hold it are " + gpus(*fewest) + ".\n";
  return what + fmt::format(" with {} tokens a step in sequences of {}.\n", commas(t.batch_tokens),
                            commas(t.shape.seq));
}

std::string never_gets_on(const TrainingPlan& plan) {
  std::string text = "This training would take more than 292 years: ";
  if (plan.productive == Duration::max()) {
    text += "its steps alone do";
  } else {
    text += span(plan.productive) + " of steps";
  }
  if (plan.mtbf < Duration::max())
    text += fmt::format(", with a failure every {} that takes {} to restart", to_human(plan.mtbf),
                        to_human(plan.checkpointing.restart));
  return text + ".\n";
}

// What the plan rests on beside the model, where nobody said otherwise.
std::string assumed_text(const PlanTrainingOptions& o, const TrainingTask& t) {
  std::string text = "assumed: ";
  if (!o.node_mtbf) text += "GPUs fail as in Llama 3's training (419 times in 54 days on 16,384); ";
  if (!o.checkpoint_cost) text += "checkpoints are written at 122 MB/s per GPU; ";
  text += fmt::format(
      "a failure takes {} to restart; {} W per GPU with its share of the server, "
      "while it works and while it restarts; PUE {:g}",
      to_human(t.restart), commas(t.gpu.power_w), t.pue);
  return wrapped(text, 0, terminal_width());
}

}  // namespace

Result<int> plan_training_command(const PlanTrainingOptions& o) {
  if (o.write) DURE_CHECK(check_new_file(*o.write, "--write"));
  DURE_TRY(const TrainingTask task, task_of(o));
  const std::vector<TrainingPlan> plans = search(task, o.top);
  const bool gets_on = !plans.empty() && plans.front().time < Duration::max();
  const std::optional<uint64_t> fewest =
      plans.empty() ? fleet::fewest_gpus(task) : std::optional<uint64_t>();
  if (o.write && !plans.empty()) {
    const TrainingPlan& best = plans.front();
    const Result<std::string> toml = plan_scenario(task, best, summary_text(task, best));
    if (!toml) return Error{.message = toml.error().message, .key = "--write"};
    DURE_CHECK(write_file_atomic(*o.write, *toml));
  }
  // GPUs that stay idle are paid for, too.
  const auto cost_of = [&](const TrainingPlan& plan) -> std::optional<double> {
    if (!o.price) return std::nullopt;
    return *o.price * static_cast<double>(task.gpus) * plan.time.seconds() / 3600;
  };
  if (o.json) {
    print(all_json(task, plans, fewest, o.price, cost_of));
  } else if (plans.empty()) {
    print(nothing_fits(task, fewest));
  } else if (!gets_on) {
    print(never_gets_on(plans.front()));
  }
  if (!gets_on) return kFailed;
  if (o.json) return kOk;
  const TrainingPlan& best = plans.front();
  std::string text = head_text(task) + '\n' + best_text(task, best, cost_of(best));
  if (plans.size() > 1)
    text += "\nThe best plan and the next, each of another split:\n" + others_text(plans);
  text += '\n' + assumed_text(o, task);
  if (o.write) text += fmt::format("\nscenario written to {}\n", *o.write);
  print(text);
  return kOk;
}

}  // namespace dure::cli
