#include "worlds/floor/dispatch.h"

#include <algorithm>
#include <cmath>

namespace dure::floor {
namespace {

constexpr uint32_t kLandmarks = 12;
constexpr int64_t kParts = 16;        // of a step, in costs
constexpr size_t kFewPairs = 40'000;  // up to which every pair is looked at
constexpr uint32_t kNearest = 24;     // tasks a robot is matched with beyond that
constexpr double kFull = 0.8;         // share of its battery at which a robot may leave a charger
constexpr int64_t kTooLate = 1'000'000;
constexpr int64_t kPriority = 1'000'000;  // a task of a higher priority comes first

// In steps the time of the last tick, wherever between two ticks the run may have been cut.
Time asked_at(const World& world) {
  const Model& m = world.model();
  return m.motion == Motion::steps ? m.start + m.tick * static_cast<int64_t>(world.step())
                                   : world.now();
}

bool nearer(const Candidate& a, const Candidate& b) {
  return a.cost != b.cost ? a.cost < b.cost : a.column < b.column;
}

// What the planners' step takes: a tick, or about that long from place to place.
Duration step_time(const Model& m) {
  if (m.motion == Motion::steps) return m.tick;
  double speeds = 0, metres = 0, lanes = 0;
  for (uint32_t r = 0; r < m.robots.size(); ++r) speeds += m.type_of(r).speed_mps;
  for (size_t i = 0; i < m.lane_m.size(); ++i) {
    if (m.roads.next[i] == kNoVertex) continue;
    metres += m.lane_m[i];
    lanes += 1;
  }
  const double mean_m = lanes > 0 ? metres / lanes : m.cell_m;
  return std::max(1_us, from_seconds(mean_m * static_cast<double>(m.robots.size()) / speeds));
}

bool may_change(const World& world, uint32_t robot) {
  return world.task_of(robot) == kNone || !world.begun(robot);
}

}  // namespace

Dispatcher::Dispatcher(const Model& model, Distances& distances, const PolicyKeys& keys)
    : model_(&model),
      distances_(&distances),
      keys_(keys),
      step_(step_time(model)),
      landmarks_(model.roads, distances, kLandmarks) {
  double right = 0, bottom = 0;
  if (!model.places.empty()) {
    left_ = right = model.places[0].x;
    top_ = bottom = model.places[0].y;
  }
  for (const Point& p : model.places) {
    left_ = std::min(left_, p.x);
    right = std::max(right, p.x);
    top_ = std::min(top_, p.y);
    bottom = std::max(bottom, p.y);
  }
  block_m_ = 8 * model.cell_m;
  // A road map may be wide and have few vertices.
  const double most = 4.0 * model.vertices() + 1024;
  while (((right - left_) / block_m_ + 1) * ((bottom - top_) / block_m_ + 1) > most) block_m_ *= 2;
  columns_ = static_cast<uint32_t>((right - left_) / block_m_) + 1;
  rows_ = static_cast<uint32_t>((bottom - top_) / block_m_) + 1;
}

uint32_t Dispatcher::block_of(const Point& place) const {
  return static_cast<uint32_t>((place.y - top_) / block_m_) * columns_ +
         static_cast<uint32_t>((place.x - left_) / block_m_);
}

void Dispatcher::decide(const World& world, std::vector<Order>& orders) {
  orders.clear();
  going_.clear();
  collect(world);
  weigh(world);
  if (!free_.empty() && !open_.empty()) {
    if (keys_.assignment == AssignmentKind::nearest)
      assign_nearest(world);
    else
      assign_matching(world);
  }
  charge_and_park(world);
  // Both by rising robot. A robot without a task may have an order to go somewhere instead.
  auto go = going_.begin();
  for (const FreeRobot& f : free_) {
    if (f.given == f.slot) continue;
    while (go != going_.end() && go->robot < f.robot) orders.push_back(*go++);
    if (go != going_.end() && go->robot == f.robot)
      orders.push_back(*go++);
    else if (f.given != kNone)
      orders.push_back({f.robot, Order::Kind::task, world.task(f.given).id});
    else
      orders.push_back({f.robot, Order::Kind::none, 0});
  }
  orders.insert(orders.end(), go, going_.end());
}

// Robots that may be given a task, and tasks that may be given away.
void Dispatcher::collect(const World& world) {
  free_.clear();
  open_.clear();
  for (uint32_t r = 0; r < world.robots(); ++r) {
    const uint32_t slot = world.task_of(r);
    if (!may_change(world, r)) continue;
    const bool able = world.state(r) != RobotState::down && !low(world, r) && !charging(world, r);
    if (able ? slot == kNone || keys_.reassign : slot != kNone)
      free_.push_back({r, slot, kNone, able});
  }
  for (const uint32_t slot : world.pool()) {
    const Task& task = world.task(slot);
    if (task.opened()) continue;
    if (task.robot != kNone) {
      const auto at =
          std::lower_bound(free_.begin(), free_.end(), task.robot,
                           [](const FreeRobot& f, uint32_t robot) { return f.robot < robot; });
      if (at == free_.end() || at->robot != task.robot) continue;
    }
    open_.push_back({slot, world.stop_vertex(task, 0), 0, 0, false});
  }
}

bool Dispatcher::low(const World& world, uint32_t robot) const {
  return model_->has_batteries && world.battery(robot) < keys_.charge_below;
}

// On a charger or on its way there, and not full enough to leave.
bool Dispatcher::charging(const World& world, uint32_t robot) const {
  const uint32_t at = world.station_of(robot);
  return model_->has_batteries && at != kNone &&
         (model_->stations[at].kinds & Station::charge) != 0 && world.battery(robot) < kFull;
}

void Dispatcher::weigh(const World& world) {
  const double unit = distances_->costs().step;
  const bool choose = model_->pool > 0 && model_->end < Time::never();
  double mean = 0;
  for (OpenTask& t : open_) {
    const Task& task = world.task(t.slot);
    uint32_t from = t.stop;
    for (uint32_t k = 1; k < task.stops; ++k) {
      const uint32_t to = world.stop_vertex(task, k);
      t.length += landmarks_.apart(from, to);
      from = to;
    }
    mean += t.length / unit;
    t.offset = -kPriority * task.priority;
    if (!choose) {
      // A minute of waiting is worth six steps of a way, the last minutes before it is due more.
      const double age_s = (asked_at(world) - task.released).seconds();
      t.offset -=
          static_cast<int64_t>(static_cast<double>(kParts) * std::min(age_s, 36'000.0) / 10);
      if (task.due < Time::never()) {
        const double slack_s = (task.due - asked_at(world)).seconds() - t.length / unit;
        t.offset -= static_cast<int64_t>(static_cast<double>(kParts) *
                                         std::clamp(300.0 - slack_s, 0.0, 300.0));
      }
    }
  }
  if (!choose || open_.empty()) return;
  // How much shorter tasks are preferred: hardly when each robot has time for many more.
  const double left = (model_->end - asked_at(world)).seconds() / step_.seconds();
  const double share =
      std::min(0.5, 0.7 * (mean / static_cast<double>(open_.size()) + 1) / (left + 1));
  for (OpenTask& t : open_)
    t.offset += static_cast<int64_t>(share * static_cast<double>(kParts) * t.length / unit);
}

int64_t Dispatcher::cost(const World& world, const FreeRobot& robot, const OpenTask& task,
                         uint32_t way) const {
  const int64_t unit = distances_->costs().step;
  int64_t cost = kParts * way / unit + task.offset;
  if (keys_.assignment == AssignmentKind::congestion && !crowd_.empty())
    cost += kParts * crowd_[block_of(model_->places[task.stop])];
  if (model_->pool > 0 && model_->end < Time::never() &&
      asked_at(world) + step_ * static_cast<int64_t>((way + task.length) / unit) > model_->end)
    cost += kTooLate;
  if (world.payload_kg(world.task(task.slot)) > model_->type_of(robot.robot).payload_kg)
    return kForbidden;
  return cost;
}

// Tasks in turn, each to the nearest robot that has none yet.
void Dispatcher::assign_nearest(const World& world) {
  std::vector<uint32_t> order(open_.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return world.task(open_[a].slot).priority > world.task(open_[b].slot).priority;
  });
  size_t left = free_.size();
  for (const uint32_t i : order) {
    OpenTask& task = open_[i];
    if (left == 0) break;
    const uint32_t table = distances_->table(task.stop);
    uint32_t best = Distances::kUnreachable;
    FreeRobot* chosen = nullptr;
    for (FreeRobot& f : free_) {
      if (f.given != kNone || !f.able) continue;
      const uint32_t v = world.fleet().vertex[f.robot];
      if (landmarks_.apart(v, task.stop) > best + 8) continue;
      const uint32_t way =
          Distances::heading_of(distances_->word(table, v), world.fleet().heading[f.robot]);
      if (way < best && cost(world, f, task, way) != kForbidden) {
        best = way;
        chosen = &f;
      }
    }
    if (chosen == nullptr) continue;
    chosen->given = task.slot;
    task.taken = true;
    --left;
  }
}

void Dispatcher::fill_blocks() {
  first_in_block_.assign(size_t{columns_} * rows_ + 1, 0);
  for (const OpenTask& t : open_) ++first_in_block_[block_of(model_->places[t.stop]) + 1];
  for (size_t b = 1; b < first_in_block_.size(); ++b) first_in_block_[b] += first_in_block_[b - 1];
  in_block_.resize(open_.size());
  std::vector<uint32_t> next(first_in_block_.begin(), first_in_block_.end() - 1);
  for (uint32_t i = 0; i < open_.size(); ++i)
    in_block_[next[block_of(model_->places[open_[i].stop])]++] = i;
}

void Dispatcher::assign_matching(const World& world) {
  const Fleet fleet = world.fleet();
  const uint32_t unit = distances_->costs().step;
  const bool all = free_.size() * open_.size() <= kFewPairs;
  // Ways farther than this are not looked at: about ten times the mean distance between robots.
  const double spacing =
      std::sqrt(static_cast<double>(model_->vertices()) / static_cast<double>(free_.size()));
  const uint32_t steps = static_cast<uint32_t>(std::max(40.0, (all ? 10.0 : 6.0) * spacing));
  const uint32_t limit = steps * unit;
  fill_blocks();
  crowd_.clear();
  if (keys_.assignment == AssignmentKind::congestion) {
    crowd_.assign(size_t{columns_} * rows_, 0);
    for (uint32_t r = 0; r < world.robots(); ++r) {
      ++crowd_[block_of(model_->places[fleet.vertex[r]])];
      const uint32_t slot = world.task_of(r);
      if (slot != kNone && world.task(slot).opened() && fleet.goal[r] != kNoVertex)
        ++crowd_[block_of(model_->places[fleet.goal[r]])];
    }
  }
  std::vector<uint32_t> tables(open_.size(), kNoVertex);
  const double range = steps * model_->cell_m * (model_->cell_of.empty() ? 1.5 : 1.0);
  const auto block_at = [&](double m, uint32_t blocks) {
    return static_cast<uint32_t>(std::clamp(m / block_m_, 0.0, blocks - 1.0));
  };
  first_.assign(1, 0);
  candidates_.clear();
  for (const FreeRobot& f : free_) {
    near_.clear();
    const uint32_t v = fleet.vertex[f.robot], h = fleet.heading[f.robot];
    const Point p = model_->places[v];
    const uint32_t left = block_at(p.x - left_ - range, columns_),
                   right = block_at(p.x - left_ + range, columns_),
                   top = block_at(p.y - top_ - range, rows_),
                   bottom = block_at(p.y - top_ + range, rows_);
    for (uint32_t row = top; row <= bottom && f.able; ++row) {
      for (uint32_t k = first_in_block_[row * columns_ + left];
           k < first_in_block_[row * columns_ + right + 1]; ++k) {
        const uint32_t i = in_block_[k];
        const uint32_t bound = landmarks_.apart(v, open_[i].stop);
        if (bound <= limit || open_[i].slot == f.slot) near_.push_back({i, bound});
      }
    }
    if (!all && near_.size() > kNearest) {
      std::nth_element(near_.begin(), near_.begin() + kNearest, near_.end(), nearer);
      // Its present task stays among them.
      for (size_t i = kNearest; i < near_.size(); ++i) {
        if (open_[near_[i].column].slot == f.slot) std::swap(near_[i], near_[kNearest - 1]);
      }
      near_.resize(kNearest);
      std::sort(near_.begin(), near_.end(), nearer);  // in an order that is the same everywhere
    }
    for (const Candidate& c : near_) {
      OpenTask& task = open_[c.column];
      if (tables[c.column] == kNoVertex) tables[c.column] = distances_->table(task.stop);
      const uint32_t word = distances_->within(tables[c.column], v, limit);
      if (word >> 12 >= Distances::kUnreachable) continue;
      const int64_t pair = cost(world, f, task, Distances::heading_of(word, h));
      if (pair != kForbidden) candidates_.push_back({c.column, pair});
    }
    first_.push_back(static_cast<uint32_t>(candidates_.size()));
  }
  const Assignment found = assign_sparse(static_cast<uint32_t>(open_.size()), first_, candidates_);
  for (size_t i = 0; i < free_.size(); ++i) {
    if (found.column[i] == kUnassigned) continue;
    free_[i].given = open_[found.column[i]].slot;
    open_[found.column[i]].taken = true;
  }
  leftovers(world);
}

// Robots that nothing near is left for go far.
void Dispatcher::leftovers(const World& world) {
  size_t left = 0;
  for (const OpenTask& t : open_) left += !t.taken;
  const Fleet fleet = world.fleet();
  for (FreeRobot& f : free_) {
    if (left == 0) break;
    if (f.given != kNone || !f.able) continue;
    int64_t best = kForbidden;
    OpenTask* chosen = nullptr;
    for (OpenTask& t : open_) {
      if (t.taken) continue;
      const int64_t pair = cost(world, f, t, landmarks_.apart(fleet.vertex[f.robot], t.stop));
      if (pair < best) {
        best = pair;
        chosen = &t;
      }
    }
    if (chosen == nullptr) continue;
    // The bound does not tell whether there is a way at all.
    if (distances_->least(chosen->stop, fleet.vertex[f.robot]) >= Distances::kUnreachable) continue;
    chosen->taken = true;
    f.given = chosen->slot;
    --left;
  }
}

void Dispatcher::charge_and_park(const World& world) {
  const std::vector<Station>& stations = model_->stations;
  if (stations.empty()) return;
  const Fleet fleet = world.fleet();
  // The station it is on its way to, or where it is parked.
  const auto place_of = [&](uint32_t r) {
    const uint32_t at = world.station_of(r);
    if (at != kNone || world.task_of(r) != kNone) return at;
    const uint32_t here = model_->station_of[fleet.vertex[r]];
    return here != kNone && (stations[here].kinds & Station::park) != 0 ? here : kNone;
  };
  sent_.assign(stations.size(), 0);
  for (uint32_t r = 0; r < world.robots(); ++r) {
    if (const uint32_t at = place_of(r); at != kNone) ++sent_[at];
  }
  std::vector<uint8_t> busy(world.robots(), 0);
  for (uint32_t r = 0; r < world.robots(); ++r) busy[r] = world.task_of(r) != kNone;
  for (const FreeRobot& f : free_) busy[f.robot] = f.given != kNone;
  for (uint32_t r = 0; r < world.robots(); ++r) {
    if (busy[r] || world.state(r) == RobotState::down || charging(world, r)) continue;
    const uint32_t at = place_of(r);
    const bool low = this->low(world, r);
    if (!low && at != kNone && (stations[at].kinds & Station::park) != 0) continue;
    const uint32_t kind = low ? Station::charge : Station::park;
    uint32_t best = kNone, best_way = 0, best_load = 0;
    for (uint32_t s = 0; s < stations.size(); ++s) {
      if ((stations[s].kinds & kind) == 0) continue;
      const uint32_t docks = static_cast<uint32_t>(stations[s].docks.size());
      // Chargers may queue; who parks needs a place.
      const uint32_t load = low ? sent_[s] / docks : 0;
      if (!low && sent_[s] >= docks) continue;
      const uint32_t way = landmarks_.apart(fleet.vertex[r], stations[s].docks[0]);
      if (best == kNone || load < best_load || (load == best_load && way < best_way)) {
        best = s;
        best_way = way;
        best_load = load;
      }
    }
    if (best == kNone) continue;
    ++sent_[best];
    going_.push_back({r, Order::Kind::go, best});
  }
}

}  // namespace dure::floor
