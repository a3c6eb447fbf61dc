// A command that has commands, such as `dure fab`. Only command lines that dure.main.cc sees
// include it: CLI11 is seen there alone.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/terminal.h"

namespace dure::cli {

class CommandGroup {
 public:
  using Command = std::function<Result<int>()>;

 protected:
  // The command that is chosen goes to `command`; without one, that is the group's help.
  void add_group(CLI::App& app, Command& command, const char* name, const char* what,
                 const std::string& examples) {
    command_ = &command;
    group_ = app.add_subcommand(name, what);
    group_->footer("Examples:\n" + examples + "Each has --help with more.");
    group_->get_formatter()->column_width(30);
    group_->require_subcommand(0, 1);
    group_->callback([this] {
      if (!group_->get_subcommands().empty()) return;
      *command_ = [this] {
        print(group_->help("dure"));
        return Result<int>(kOk);
      };
    });
  }
  CLI::App* add(const char* name, const char* what, const std::string& examples, Command command) {
    CLI::App* sub = group_->add_subcommand(name, what);
    sub->footer("Examples:\n" + examples);
    sub->get_formatter()->column_width(30);
    sub->callback([this, command] { *command_ = command; });
    return sub;
  }

 private:
  CLI::App* group_ = nullptr;
  Command* command_ = nullptr;
};

}  // namespace dure::cli
