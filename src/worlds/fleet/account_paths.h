// The accounts of a trace's jobs. A trace names them by paths from the top, "project/user", and
// knows nothing of the tree that a scenario may have for them.
//
// The first name of a path is any account that the model had before, at whatever depth. One that it
// did not have is made: below the account of the job's owner, if the model had that, else below
// `below`, else on its own. Each further name is an account below the one before, made if missing.
// A job without a path is charged to the account of its owner's name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worlds/fleet/trace.h"

namespace dure::fleet {

inline constexpr size_t kMostAccountNames = 8;  // in a path
inline constexpr std::string_view kAccountPathForm =
    "at most 8 names of accounts with / between them, such as \"project/user\"";
bool is_account_path(std::string_view path);  // "" is one too
// A path of names as a cluster has them, which may be missing or hold a slash.
std::string account_path_of(std::string_view first, std::string_view second);

class AccountPaths {
 public:
  explicit AccountPaths(Model& model, uint32_t below = kNoAccount);

  // Charges the trace's jobs, with which Model::jobs begins, in its order. Where no job has a path
  // and the model no accounts, each owner gets one as in any model.
  void charge(const std::vector<TraceJob>& jobs);
  uint32_t find_or_make(std::string_view path, uint32_t owner);

 private:
  struct Less {  // finds text in any form
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      return a.first != b.first ? a.first < b.first
                                : std::string_view(a.second) < std::string_view(b.second);
    }
  };
  template <class T>
  using ByName = std::map<std::pair<uint32_t, std::string>, T, Less>;
  uint32_t child(uint32_t parent, std::string_view name, uint32_t owner);

  Model& m_;
  uint32_t below_;
  std::map<std::string, uint32_t, std::less<>> named_;  // those that the model had before
  ByName<uint32_t> children_;                           // (parent, name)
  ByName<uint32_t> known_;                              // (owner, path)
};

}  // namespace dure::fleet
