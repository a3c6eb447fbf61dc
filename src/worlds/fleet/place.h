// Placement rules: which nodes and GPUs a job's tasks go to. Each is a value with
//
//   bool place(const World&, const Job&, uint32_t pool, std::vector<Place>& out);
//
// that fills out[tasks] and returns true, or returns false when the gang does not fit as a whole. A
// rule of your own is such a value too; see rules.h for how it becomes a policy.
//
//   FirstFit   the node with the lowest index that fits, filled up before the next
//   BestFit    the node with the fewest free GPUs that fits, lowest index at ties; a share of a GPU
//              goes to the most used GPU that fits
//   RandomFit  any node that fits, all alike; random numbers are keyed by the job's number, so two
//              runs place it by the same numbers whatever happened before
//   Scored     the node with the best whole-number score, the model's tie_rank at ties:
//     fgd        Fragmentation Gradient Descent (Weng et al., ATC'23): the least growth of
//                fragmentation, see fragmentation.h
//     dot        best fit as in that paper's simulator: least CPU and GPU left over, half and half
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

// Puts a job's tasks on these nodes, one on each in turn, until all have a place; false when they
// do not fit. A node that is named twice gets two per turn. Windows keep it from no node.
bool place_on(const World& world, const Job& job, std::span<const uint32_t> nodes,
              std::vector<Place>& out);

class FirstFit {
 public:
  bool place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out);
};

class BestFit {
 public:
  bool place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out);
};

class RandomFit {
 public:
  bool place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out);

 private:
  std::vector<uint32_t> candidates_;
};

// fgd: fragmentation gradient descent; dot: least left over; spread: most left over, by the share
// of the node's GPUs (of its cores, for tasks without).
enum class Score { fgd, dot, spread };

// Scores depend only on the node's state and the task's shape, so they are kept per shape and node
// and made anew only where the node's state has changed since. The cache is not state: a copy of a
// world with another history is scored right, as node_state() tells.
class Scored {
 public:
  explicit Scored(Score score) : score_(score) {}
  bool place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out);

 private:
  // What a score depends on: a task's shape in one pool.
  struct Shape {
    uint32_t pool, gpus, gpu_milli, cpu_milli, memory_mib, gpu_models;
    bool operator==(const Shape&) const = default;
  };
  struct ShapeHash {
    size_t operator()(const Shape& s) const;
  };
  struct Table {
    std::vector<uint64_t> state;  // [pool's nodes in tie order] node_state() when scored
    std::vector<int16_t> score;   // [same], -1: the task does not fit
  };
  // What would be left of a node that got tasks of the gang in hand.
  struct Tentative {
    uint32_t position, node, cpu_left;
    uint64_t memory_left;
    int16_t score;
    uint16_t gpu_left[kMaxGpusPerNode];
  };
  struct NodeView {
    const NodeType* type;
    uint32_t cpu_left;
    uint64_t memory_left;
    const uint16_t* gpu_left;
  };

  void prepare(const World& world);
  int16_t score_of(const World& world, const Job& job, const NodeView& node) const;
  int16_t fgd(const TargetWorkload& target, const Job& job, const NodeView& node,
              uint32_t* best_gpu) const;
  uint32_t choose_gpus(const World& world, const Job& job, const NodeView& node) const;

  Score score_;
  std::shared_ptr<const Model> prepared_for_;  // kept, so that no other takes its address
  std::vector<std::vector<uint32_t>> order_;   // [pools] nodes by tie rank
  std::unordered_map<Shape, Table, ShapeHash> tables_;
};

}  // namespace dure::fleet
