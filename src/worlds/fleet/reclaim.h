// Victims for a waiting job: running jobs whose end gives it its quota and, within a pool, room in
// the topology that its kind requires, at the least GPU time lost (World::cost_of_stopping(): work
// since the last checkpoint and start-up, over all of a victim's tasks wherever they run).
//
// Kueue picks victims by quota and order alone and then asks whether the topology fits; when it
// does not, the job stays pending though other victims would do (kubernetes-sigs/kueue issue
// 10815). Here the search goes group by group of the required level. In each: a first set by cost
// per task made room for, without those that it turns out not to need; then branch and bound over
// the jobs there, node after node. The bound gives a job that runs on several nodes to each of them
// by what it frees there, and the cheapest tasks to the gang. Groups come in the order of their
// bounds.
//
// Where the search ends before its limit of steps, no set of victims costs less (proven()). Beyond
// the limit the cheapest set found is taken; one may then have been missed.
//
// A gang that mixes GPU models is not looked for. Who may be a victim is in victims.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "worlds/fleet/place_topology.h"
#include "worlds/fleet/victims.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

class Reclaim {
 public:
  explicit Reclaim(ReclaimOptions options = {}) : options_(options) {}

  // For a job that waits, with all the tasks that it is given here. True: with the victims stopped,
  // the gang fits the places and has its quota; without any victims if it does already. A function
  // of the world and the job alone. `below`: what costs no less is of no use.
  bool find(const World& world, const Job& job, uint32_t pool, std::vector<Place>& places,
            std::vector<uint32_t>& victims, std::optional<GpuTime> below = {});

  // Of the last find().
  GpuTime cost() const { return best_cost_ == kUnknown ? GpuTime() : GpuTime(best_cost_); }
  bool proven() const { return steps_ < options_.max_steps; }
  uint64_t steps() const { return steps_; }

 private:
  using Cost = unsigned __int128;  // GPU milli x ns
  static constexpr Cost kUnknown = ~Cost{0};

  struct Node {  // of the pool
    uint64_t cpu = 0, memory = 0;
    uint32_t free_gpus = 0;                // whole
    uint32_t room = 0;                     // tasks of the job
    uint32_t room_now = 0, room_most = 0;  // before anybody is stopped, and after all are
    uint32_t order = 0;                    // in which the search of its group comes to it
    bool usable = false;
  };
  // A task that a candidate runs on a node that is of use.
  struct Touch {
    uint32_t group, candidate, node, gpus;
    uint64_t weight;  // what it holds of the scarcest resource
    Cost share = 0;   // of the candidate's cost in the group
  };
  struct Item {
    uint32_t candidate = 0;
    uint32_t first = 0, touches = 0;  // in the group
    uint32_t order = 0;               // of its first node
    uint64_t weight = 0;              // held in the group
    Cost cost = 0;
    bool chosen = false;
  };
  struct OnNode {
    uint32_t order, item;
  };
  struct Segment {  // one task more on a node
    Cost cost;
    uint32_t order, room;  // the node, and its room then
  };
  struct Group {
    uint32_t first_node = 0, nodes = 0;
    uint32_t first_touch = 0, touches = 0;
    Cost bound = 0;
  };

  bool needs_nobody(std::vector<Place>& places);
  void search(uint32_t gpu_model);
  void note_nodes(uint32_t gpu_model);
  void note_what_is_free();
  void note_touches();
  uint64_t weight_of(const Job& job, uint32_t gpus) const;
  uint32_t room_of(uint32_t node) const;
  const Job& job_of(const Touch& t) const;
  uint16_t* gpus_of(uint32_t node);
  void free_up(uint32_t node, uint32_t gpus, const Job& job);
  void stop_task(uint32_t node, uint32_t gpus, const Job& job);
  void restart_task(uint32_t node, uint32_t gpus, const Job& job);

  void price(const Group& group);
  void add_segments(std::span<const Touch* const> touches);
  void arrange();
  bool add(uint32_t item);
  void remove(uint32_t item);
  bool satisfied() { return room_ >= job_->tasks && rules_.satisfied(); }
  Cost bound(uint32_t from);
  Cost tasks_bound(uint32_t order);
  Cost quota_bound(uint32_t from);
  void greedy();
  void drop_needless();
  void record();
  void branch(uint32_t from);
  void finish(std::vector<Place>& places, std::vector<uint32_t>& victims);

  ReclaimOptions options_;
  VictimRules rules_;
  const World* world_ = nullptr;
  const Job* job_ = nullptr;
  uint32_t pool_ = 0;
  uint64_t steps_ = 0;

  // Of a GPU model.
  std::vector<Node> nodes_;                // [nodes of the pool]
  std::vector<uint16_t> gpu_left_;         // [GPUs of the pool] milli
  std::vector<Touch> unsorted_, touches_;  // by candidate; by group, candidate
  std::vector<Group> groups_;
  std::vector<uint32_t> by_quota_;  // candidates that hold quota, if it matters, by cost per quota

  // Of a group.
  std::vector<Item> items_;        // those with tasks in the group, then those with quota only
  std::vector<uint32_t> item_of_;  // [candidates]
  std::vector<const Touch*> by_node_;
  std::vector<Segment> segments_;     // by cost
  std::vector<uint32_t> order_;       // nodes where candidates run
  std::vector<OnNode> on_node_;       // by node, item
  uint64_t room_ = 0, room_now_ = 0;  // of the group
  std::vector<uint32_t> chosen_;      // items
  Cost cost_ = 0;                     // of these

  Cost best_cost_ = kUnknown;
  uint32_t best_model_ = 0, last_model_ = 0;
  std::vector<uint32_t> best_;  // slots
};

}  // namespace dure::fleet
