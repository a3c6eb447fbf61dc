// LaCAM: depth-first search over configurations (where every agent is), each with a tree of
// constraints (this agent goes there next) grown breadth-first as the configuration is come back
// to. PIBT makes a successor under the constraints; every successor is tried at last, so the
// search ends with a solution or the proof that there is none. Agents are ordered by how long they
// have been away from their goals.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "solvers/mapf_pibt.h"

namespace dure::mapf {

enum class LacamEnd { solved, no_solution, out_of_work, stopped };

class Lacam {
 public:
  // `lengths` are the distances from starts to goals.
  Lacam(const Graph& graph, Distances& distances, std::span<const uint32_t> starts,
        std::span<const uint32_t> goals, std::span<const uint32_t> lengths, uint64_t seed);

  LacamEnd search(uint64_t max_configurations, const std::function<bool()>& stop);

  uint64_t configurations() const { return tried_; }
  // After `solved`: the configurations from the starts to the goals, [steps] of [agents].
  std::vector<const uint32_t*> solution() const;

 private:
  struct Twig {  // of a constraint tree; the constraints are those up to the root
    uint32_t parent, depth;
    Constraint constraint;
  };
  struct Node {
    uint32_t parent;
    uint32_t same_hash;                 // an earlier node, or none
    std::unique_ptr<uint32_t[]> at;     // [agents]
    std::unique_ptr<uint32_t[]> order;  // [agents]
    std::vector<Twig> twigs;
    size_t next_twig = 0;
  };

  uint64_t hash(const uint32_t* at) const;
  uint32_t find(uint64_t key, const uint32_t* at) const;
  uint32_t add(uint32_t parent, uint64_t key, const uint32_t* at);
  bool solved(const uint32_t* at) const;
  bool take_constraints(Node& node);

  const Graph& graph_;
  std::span<const uint32_t> goals_;
  uint32_t agents_;
  Pibt pibt_;
  Random random_;
  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, uint32_t> newest_;  // by hash; only looked up
  std::vector<uint32_t> open_;
  std::vector<Constraint> constraints_;
  uint32_t end_ = kNone;
  uint64_t tried_ = 0;
};

}  // namespace dure::mapf
