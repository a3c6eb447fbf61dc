// The command line of `dure plan`. Only dure.main.cc includes it, as fab_command_line.h.
#pragma once

#include <string>

#include "apps/cli/command_group.h"
#include "apps/cli/number_options.h"
#include "apps/cli/plan_command.h"

namespace dure::cli {

class PlanCommandLine : private CommandGroup {
 public:
  using CommandGroup::Command;

  // The command that is chosen goes to `command`.
  void add_to(CLI::App& app, Command& command) {
    add_group(app, command, "plan", "Plans training runs on many GPUs.",
              "  dure plan training --params 405e9 --tokens 15e12 --gpus 16384\n");
    add_training();
  }

 private:
  void add_training() {
    PlanTrainingOptions& o = training_;
    CLI::App* sub = add(
        "training",
        "Finds the fastest way to train a dense transformer on so many GPUs: how to split it, how "
        "often to write checkpoints; and its days, losses, energy and cost.",
        "  dure plan training --params 405e9 --tokens 15e12 --gpus 16384\n"
        "  dure plan training --params 1e12 --tokens 20e12 --gpus 50000 --gpu b200 "
        "--batch-tokens 64e6\n"
        "  dure plan training --params 7e9 --tokens 1e12 --gpus 8 --seq 4096 --batch-tokens 4e6\n"
        "  dure plan training --model llama3-70b --tokens 15e12 --gpus 2000 --gpu gb200-nvl72 "
        "--price 3 --write training.toml\n",
        [this] { return plan_training_command(training_); });
    const auto count = [&](const char* name, auto& to, const char* what) {
      return sub->add_option(name, to, what)
          ->transform(whole_number(1, 10'000'000))
          ->type_name("N");
    };
    CLI::Option* params =
        sub->add_option("--params", o.params, "Parameters; a known model's shape or one like it")
            ->type_name("N");
    sub->add_option("--model", o.model, "A known model, such as llama3-70b")
        ->type_name("NAME")
        ->excludes(params);
    sub->add_option("--tokens", o.tokens, "To train on")->required()->type_name("N");
    count("--gpus", o.gpus, "That may be used")->required();
    sub->add_option("--gpu", o.gpu, "Their kind: a100-80g, h100, h200, b200 or gb200-nvl72")
        ->type_name("NAME")
        ->capture_default_str();
    count("--seq", o.seq, "Tokens of a sequence")->capture_default_str();
    sub->add_option("--batch-tokens", o.batch_tokens, "Tokens of a step, at most")
        ->type_name("N")
        ->capture_default_str();
    count("--layers", o.layers, "Of the shape, where it is to differ");
    count("--hidden", o.hidden, "The same");
    count("--heads", o.heads, "The same");
    count("--kv-heads", o.kv_heads, "The same: heads of keys and values");
    count("--ffn", o.ffn, "The same: hidden size of the feed-forward layer");
    count("--vocab", o.vocab, "The same");
    sub->add_option(
           "--node-mtbf", o.node_mtbf,
           "Mean time between failures of a node; otherwise Llama 3's rate: 419 in 54 days "
           "on 16,384 GPUs")
        ->type_name("DURATION");
    sub->add_option("--checkpoint-cost", o.checkpoint_cost,
                    "For which a checkpoint stops the job; otherwise 14 bytes per parameter at 122 "
                    "MB/s per GPU")
        ->type_name("DURATION");
    sub->add_option("--checkpoint-interval", o.checkpoint_interval, "Otherwise Young and Daly's")
        ->type_name("DURATION");
    sub->add_option("--restart", o.restart, "From a failure to the first new step")
        ->type_name("DURATION")
        ->capture_default_str();
    sub->add_option("--pue", o.pue, "Power of the site over that of the machines")
        ->check(number(1, 10))
        ->type_name("X")
        ->capture_default_str();
    sub->add_option("--price", o.price, "Of a GPU-hour, in any currency")
        ->check(number(0, 1e9))
        ->type_name("X");
    sub->add_option("--top", o.top, "Plans shown")
        ->transform(whole_number(1, 1'000))
        ->type_name("N")
        ->capture_default_str();
    sub->add_flag("--json", o.json, "Prints everything as JSON");
    sub->add_option("--write", o.write, "Writes the best plan as a fleet scenario, for `dure run`")
        ->type_name("FILE");
  }

  PlanTrainingOptions training_;
};

}  // namespace dure::cli
