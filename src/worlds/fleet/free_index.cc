#include "worlds/fleet/free_index.h"

namespace dure::fleet {

FreeIndex::FreeIndex(const Model& model) {
  uint32_t words = 0, counts = 0;
  for (const NodeClass& c : model.classes) {
    Class x;
    x.gpus = model.node_types[c.type].gpus;
    x.words = (c.nodes + 63) / 64;
    x.summary = (x.words + 63) / 64;
    x.first_bit = words;
    x.counts = counts;
    words += (x.gpus + 1 + kShareLevels) * (x.words + x.summary);
    counts += x.gpus + 1;
    classes_.push_back(x);
  }
  bits_.assign(words, 0);
  counts_.assign(counts, 0);
  level_.assign(model.nodes(), kNone);
  share_level_.assign(model.nodes(), kNone);
}

void FreeIndex::place(const Model& model, uint32_t node, uint32_t free_gpus, uint32_t share_left) {
  const Class& c = classes_[model.node_class[node]];
  const uint32_t position = model.node_position[node];
  if (level_[node] != free_gpus) {
    if (level_[node] != kNone) {
      erase(c, level_[node], position);
      --counts_[c.counts + level_[node]];
    }
    level_[node] = free_gpus;
    if (free_gpus != kNone) {
      insert(c, free_gpus, position);
      ++counts_[c.counts + free_gpus];
    }
  }
  const uint32_t share =
      free_gpus == kNone || share_left == 0 ? kNone : share_left * kShareLevels / kWholeGpu;
  if (share_level_[node] != share) {
    if (share_level_[node] != kNone) erase(c, c.gpus + 1 + share_level_[node], position);
    share_level_[node] = share;
    if (share != kNone) insert(c, c.gpus + 1 + share, position);
  }
}

void FreeIndex::insert(const Class& c, uint32_t set, uint32_t position) {
  uint64_t* words = bits_.data() + base(c, set);
  const uint32_t word = position / 64;
  words[word] |= uint64_t{1} << (position % 64);
  words[c.words + word / 64] |= uint64_t{1} << (word % 64);
}

void FreeIndex::erase(const Class& c, uint32_t set, uint32_t position) {
  uint64_t* words = bits_.data() + base(c, set);
  const uint32_t word = position / 64;
  words[word] &= ~(uint64_t{1} << (position % 64));
  if (words[word] == 0) words[c.words + word / 64] &= ~(uint64_t{1} << (word % 64));
}

uint32_t FreeIndex::next(const Class& c, uint32_t set, uint32_t from) const {
  const uint64_t* words = bits_.data() + base(c, set);
  uint32_t word = from / 64;
  if (word >= c.words) return kNone;
  const uint64_t rest = words[word] >> (from % 64);
  if (rest != 0) return from + static_cast<uint32_t>(std::countr_zero(rest));
  ++word;
  const uint64_t* summary = words + c.words;
  for (uint32_t s = word / 64; s < c.summary; ++s) {
    uint64_t candidates = summary[s];
    if (s == word / 64) candidates &= ~uint64_t{0} << (word % 64);
    if (candidates == 0) continue;
    word = s * 64 + static_cast<uint32_t>(std::countr_zero(candidates));
    return word * 64 + static_cast<uint32_t>(std::countr_zero(words[word]));
  }
  return kNone;
}

}  // namespace dure::fleet
