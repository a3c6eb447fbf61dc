// order.txt and WIP.txt.
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "worlds/fab/autosched_reading.h"

namespace dure::fab::autosched {

namespace {

constexpr Word<bool> kYes[] = {{"", false}, {"no", false}, {"yes", true}};
constexpr int64_t kMaxPriority = 1'000'000;
constexpr std::string_view kPart = "a part of part.txt";

// The columns that both tables have.
struct LotColumns {
  int name, part, priority, wafers, start, due, hot;
};

Result<LotColumns> lot_columns(Table& t) {
  LotColumns c{};
  DURE_TRY(c.name, t.column("LOT"));
  DURE_TRY(c.part, t.column("PART"));
  DURE_TRY(c.priority, t.optional_column("PRIOR"));
  DURE_TRY(c.wafers, t.column("PIECES"));
  DURE_TRY(c.due, t.optional_column("DUE"));
  DURE_TRY(c.hot, t.optional_column("HOTLOT"));
  return c;
}

// Name, product, priority and wafers; Lot is a Stream or an InitialLot.
template <class Lot>
Result<void> read_lot(const Reading& r, const Row& row, const LotColumns& c, Names& names,
                      Lot& lot) {
  DURE_TRY(lot.name, row.name(c.name));
  if (!names.add(lot.name, names.size())) return row.unexpected(c.name, "each name once", " again");
  DURE_TRY(lot.product, row.find(c.part, r.products, kPart));
  DURE_TRY(const int64_t priority, row.whole_or(c.priority, 0, -kMaxPriority, kMaxPriority));
  DURE_TRY(const int64_t wafers, row.whole(c.wafers, 1, kMaxWafers));
  lot.priority = static_cast<int32_t>(priority);
  lot.wafers = static_cast<uint32_t>(wafers);
  return {};
}

struct RepeatColumns {
  LawColumns gap;
  int count, lots;
};

Result<void> read_repeats(const Reading& r, const Row& row, const RepeatColumns& c, Stream& s) {
  constexpr int64_t unlimited = std::numeric_limits<int64_t>::max();
  DURE_TRY(const int64_t lots, row.whole_or(c.lots, 1, 1, 10'000));
  s.lots = static_cast<uint32_t>(lots);
  if (row.empty(c.gap.value)) {
    DURE_TRY(const int64_t count, row.whole_or(c.count, 1, 1, unlimited));
    if (count > 1)
      return row.unexpected(
          c.gap.value, fmt::format("a time between the {} releases of RPT#", with_commas(count)));
    s.count = 1;
    return {};
  }
  DURE_TRY(s.gap, row.law(c.gap, r.law(1_ms)));
  if (row.empty(c.count)) return {};
  DURE_TRY(const int64_t count, row.whole(c.count, 1, unlimited));
  s.count = static_cast<uint64_t>(count);
  return {};
}

}  // namespace

Result<void> read_orders(Reading& r) {
  DURE_TRY(Table t, r.table("order.txt"));
  DURE_TRY(LotColumns c, lot_columns(t));
  DURE_TRY(c.start, t.column("START"));
  RepeatColumns repeat{};
  DURE_TRY(repeat.gap, t.law("RDIST", "REPEAT", "REPEAT2", "RUNITS"));
  DURE_TRY(repeat.count, t.optional_column("RPT#"));
  DURE_TRY(repeat.lots, t.optional_column("LOTSPERRPT"));
  Names names;
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    Stream s;
    DURE_CHECK(read_lot(r, row, c, names, s));
    DURE_TRY(s.start, row.date(c.start));
    r.starts(s.start);
    DURE_CHECK(read_repeats(r, row, repeat, s));
    if (!row.empty(c.due)) {
      DURE_TRY(const Time due, row.date(c.due));
      if (due < s.start) return row.unexpected(c.due, "a date that is not before START");
      s.due = due - s.start;
    }
    DURE_TRY(s.reserves, row.word(c.hot, kYes));
    r.model.streams.push_back(std::move(s));
  }
  r.note_unread(t, "order.txt");
  return {};
}

Result<void> read_wip(Reading& r) {
  DURE_TRY(std::optional<Table> loaded, r.optional_table("WIP.txt"));
  if (!loaded) return {};
  Table& t = *loaded;
  DURE_TRY(LotColumns c, lot_columns(t));
  DURE_TRY(c.start, t.optional_column("START"));
  DURE_TRY(const int step_col, t.column("CURSTEP"));
  Names names;
  int64_t hot = 0;
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    InitialLot lot;
    DURE_CHECK(read_lot(r, row, c, names, lot));
    const Route& route = r.model.routes[r.model.products[lot.product].route];
    const Result<int64_t> step = row.whole(step_col, 1, route.steps);
    if (!step)
      return row.unexpected(step_col, fmt::format("a step of route {}, from 1 to {}",
                                                  quoted(route.name), route.steps));
    lot.step = static_cast<uint32_t>(*step - 1);
    if (!row.empty(c.start)) {
      DURE_TRY(const Time start, row.date(c.start));
      r.starts(start);
    }
    if (!row.empty(c.due)) {
      DURE_TRY(lot.due, row.date(c.due));
    }
    DURE_TRY(const bool is_hot, row.word(c.hot, kYes));
    hot += is_hot ? 1 : 0;
    r.model.wip.push_back(std::move(lot));
  }
  if (hot > 0) {
    r.model.assumptions.push_back(
        fmt::format("{} of WIP.txt {} HOTLOT, but no tools are kept free for {}",
                    hot == 1 ? "1 lot" : with_commas(hot) + " lots", hot == 1 ? "is" : "are",
                    hot == 1 ? "it" : "them"));
  }
  r.note_unread(t, "WIP.txt");
  return {};
}

}  // namespace dure::fab::autosched
