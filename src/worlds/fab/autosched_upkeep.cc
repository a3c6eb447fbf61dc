// downcal.txt, pmcal.txt and attach.txt.
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "worlds/fab/autosched_reading.h"

namespace dure::fab::autosched {

namespace {

using Kind = Upkeep::Kind;

constexpr Word<Kind> kDownTypes[] = {{"mttf_by_cal", Kind::breakdown}};
constexpr Word<Kind> kServiceTypes[] = {{"mtbpm_by_cal", Kind::calendar},
                                        {"mtbpm_by_pieces", Kind::counter}};
constexpr Word<bool> kPieces[] = {{"", true}, {"pieces", true}};
constexpr Word<bool> kConstant[] = {{"", true}, {"constant", true}};

enum class Calendar : uint8_t { down, service };
constexpr Word<Calendar> kCalendars[] = {{"down", Calendar::down}, {"pm", Calendar::service}};
enum class Resource : uint8_t { area, family };
constexpr Word<Resource> kResources[] = {{"stngrp", Resource::area}, {"stnfam", Resource::family}};

constexpr double kMaxCounter = 1e12;  // wafers
constexpr int64_t kMaxAttachments = 1'000'000;

// Adds the law; `names` are those of its table.
Result<void> add_upkeep(Reading& r, Names& names, const Row& row, int name_col, Upkeep upkeep) {
  DURE_TRY(upkeep.name, row.name(name_col));
  if (!names.add(upkeep.name, static_cast<uint32_t>(r.model.upkeeps.size())))
    return row.unexpected(name_col, "each name once", " again");
  r.model.upkeeps.push_back(std::move(upkeep));
  return {};
}

// downcal.txt or pmcal.txt.
struct LawTable {
  const char* file;
  const char *name, *type;
  const char *interval_law, *interval, *interval_2, *interval_units;
  std::span<const Word<Kind>> kinds;
};
constexpr LawTable kBreakdowns = {"downcal.txt", "DOWNCALNAME", "DOWNCALTYPE", "MTTFDIST",
                                  "MTTF",        "MTTF2",       "MTTFUNITS",   kDownTypes};
constexpr LawTable kServices = {"pmcal.txt", "PMCALNAME", "PMCALTYPE",  "MTBPMDIST",
                                "MTBPM",     "MTBPM2",    "MTBPMUNITS", kServiceTypes};

Result<void> read_laws(Reading& r, Names& names, const LawTable& which) {
  DURE_TRY(std::optional<Table> loaded, r.optional_table(which.file));
  if (!loaded) return {};
  Table& t = *loaded;
  DURE_TRY(const int name_col, t.column(which.name));
  DURE_TRY(const int type_col, t.column(which.type));
  DURE_TRY(const LawColumns interval,
           t.law(which.interval_law, which.interval, which.interval_2, which.interval_units));
  DURE_TRY(const LawColumns duration, t.law("MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS"));
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    Upkeep u;
    DURE_TRY(u.kind, row.word_in<Kind>(type_col, row.cell(type_col), which.kinds));
    if (u.kind == Kind::counter) {
      DURE_CHECK(row.word(interval.kind, kConstant));
      DURE_CHECK(row.word(interval.units, kPieces));
      DURE_TRY(const int64_t wafers,
               row.whole(interval.value, 1, static_cast<int64_t>(kMaxCounter)));
      u.wafers = static_cast<uint64_t>(wafers);
    } else {
      DURE_TRY(u.interval, row.law(interval, r.law(1_s)));
    }
    DURE_TRY(u.duration, row.law(duration, r.law()));
    if (u.kind == Kind::breakdown) u.interrupts = r.options.breakdowns_interrupt;
    DURE_CHECK(add_upkeep(r, names, row, name_col, std::move(u)));
  }
  r.note_unread(t, which.file);
  return {};
}

// All but the group.
Result<Attachment> read_first(Reading& r, const Row& row, uint32_t upkeep,
                              const LawColumns& first) {
  const Upkeep& u = r.model.upkeeps[upkeep];
  Attachment a;
  a.upkeep = upkeep;
  a.spread = r.options.spread_first;
  if (row.empty(first.value)) {
    a.first = u.interval;
    a.first_wafers = static_cast<double>(u.wafers);
  } else if (u.kind == Kind::counter) {
    DURE_CHECK(row.word(first.kind, kConstant));
    DURE_CHECK(row.word(first.units, kPieces));
    DURE_TRY(a.first_wafers, row.number(first.value, 0, kMaxCounter));
  } else {
    DURE_TRY(a.first, row.law(first, r.law()));
  }
  return a;
}

Result<void> read_attachments(Reading& r, const Names& downs, const Names& services) {
  DURE_TRY(std::optional<Table> loaded, r.optional_table("attach.txt"));
  if (!loaded) return {};
  Table& t = *loaded;
  DURE_TRY(const int name_col, t.column("CALNAME"));
  DURE_TRY(const int type_col, t.column("CALTYPE"));
  DURE_TRY(const int resource_col, t.column("RESTYPE"));
  DURE_TRY(const int target_col, t.column("RESNAME"));
  DURE_TRY(const LawColumns first, t.law("FOADIST", "FOA", "FOA2", "FOAUNITS"));
  std::set<std::pair<uint32_t, uint32_t>> seen;
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    DURE_TRY(const Calendar calendar, row.word(type_col, kCalendars));
    const bool down = calendar == Calendar::down;
    DURE_TRY(const uint32_t upkeep,
             row.find(name_col, down ? downs : services,
                      down ? "a breakdown of downcal.txt" : "a maintenance of pmcal.txt"));
    DURE_TRY(const Resource resource, row.word(resource_col, kResources));
    const bool area = resource == Resource::area;
    DURE_TRY(const uint32_t target,
             row.find(target_col, area ? r.areas : r.groups,
                      (area ? "an area (STNGRP) of " : "a tool family of ") + r.tool_file));
    DURE_TRY(Attachment a, read_first(r, row, upkeep, first));
    for (uint32_t g = area ? 0 : target; g < (area ? r.groups.size() : target + 1); ++g) {
      if (area && r.model.groups[g].area != target) continue;
      if (!seen.emplace(upkeep, g).second)
        return row.error(target_col,
                         fmt::format("expected each law at a tool family once, found "
                                     "{} at {} again",
                                     quoted(row.cell(name_col)), quoted(r.model.groups[g].name)));
      if (seen.size() > kMaxAttachments)
        return row.error(target_col,
                         fmt::format("expected laws at no more than {} tool families in "
                                     "all, found more",
                                     with_commas(kMaxAttachments)));
      a.group = g;
      r.model.attachments.push_back(a);
    }
  }
  r.note_unread(t, "attach.txt");
  return {};
}

}  // namespace

Result<void> read_upkeep(Reading& r) {
  Names downs, services;
  DURE_CHECK(read_laws(r, downs, kBreakdowns));
  DURE_CHECK(read_laws(r, services, kServices));
  return read_attachments(r, downs, services);
}

}  // namespace dure::fab::autosched
