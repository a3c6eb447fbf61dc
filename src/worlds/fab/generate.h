// Makes a whole fab from a short description: areas with their kind of work, and products with
// their number of mask layers. For studies that need a fab of full size and no data of a real one.
//
// A route is a sequence of layers, each of them: clean and deposit or grow (wet, furnace, film,
// polish), expose and measure (litho, litho-metrology), etch or implant and strip (etch, implant,
// wet), inspect (metrology). How many steps of an area a layer has follows its steps_per_layer;
// which tool group of the area does a step, and its process time, are drawn. Lots come back to the
// same groups layer by layer. Each group gets as many tools as keep its static load (static_load.h)
// at or below its area's utilisation, and lots are placed along the routes as they would be in a
// line whose cycle time is x_factor times the raw process time (Little's law).
//
// Everything drawn comes from the description's own seed: the scenario's seed varies the run, not
// the fab. Products and areas draw apart, so that one more leaves the others as they are.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "worlds/fab/model.h"

namespace dure::fab {

enum class Work : uint8_t {
  litho,
  litho_metrology,
  etch,
  implant,
  wet,
  furnace,
  film,
  polish,
  metrology
};

struct AreaKeys {
  std::string name;
  Work work = Work::etch;
  uint32_t groups = 1;
  double steps_per_layer = 1;  // mean over the whole route
  double from = 0, to = 1;     // the part of the route that has them
  Distribution time;           // seconds, of which each step draws its mean process time
  Per per = Per::lot;
  uint32_t batch_min = 0, batch_max = 0;  // wafers
  Duration load, unload;
  double cascade = 0;  // gap per process time; 0: none
  double utilisation = 0.85;
  Distribution sampled = Distribution::constant(1);  // of which each step draws its share
  uint32_t setups = 0;                               // per group
  Duration setup_time;
  uint32_t minimum_run = 0;
  double dedicated = 0;         // share of steps that come back to an earlier step's tool
  double rework = 0;            // share of lots, litho-metrology
  std::string queue_time_to;    // area; "": none
  Distribution queue_time;      // seconds, of which each step draws
  std::vector<Upkeep> upkeeps;  // names to be made
};

struct ProductKeys {
  std::string name;
  uint32_t layers = 30;
  double lots_per_week = 100;
  double hot = 0, super_hot = 0;  // shares of them
};

struct FabKeys {
  uint64_t seed = 1;
  uint32_t wafers = 25;
  double variation = 0.05;
  double x_factor = 1.8;
  double due_factor = 2, hot_due_factor = 1.5;
  DurationLaw transport;
  Duration load, unload;        // of areas that state none
  std::vector<Upkeep> upkeeps;  // of areas that state none of the kind
  std::vector<AreaKeys> areas;
  std::vector<ProductKeys> products;
};

FabKeys read_generate(ConfigReader& in);

// Names of what is made: the area's group `i`, a product's releases.
std::string group_name(const AreaKeys& area, uint32_t i);
inline constexpr const char* kReleaseSuffixes[] = {"", " hot", " super hot"};

// model.start must be set; fills the line and does not finish the model.
void generate(const FabKeys& keys, Model& model);

}  // namespace dure::fab
