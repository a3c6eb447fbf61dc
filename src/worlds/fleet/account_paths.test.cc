#include "worlds/fleet/account_paths.h"

#include <doctest/doctest.h>

#include "worlds/fleet/account_tree.h"

namespace dure::fleet {
namespace {

TEST_CASE("account paths: which texts are paths") {
  for (const char* good : {"", "a", "a/b", "a b/c", "1/2/3/4/5/6/7/8"}) {
    CAPTURE(good);
    CHECK(is_account_path(good));
  }
  for (const char* bad : {"/", "a/", "/a", "a//b", "a/ /b", "1/2/3/4/5/6/7/8/9"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_account_path(bad));
  }
  CHECK(account_path_of("llm", "kim") == "llm/kim");
  CHECK(account_path_of("", "kim") == "kim");
  CHECK(account_path_of(" llm ", "") == "llm");
  CHECK(account_path_of("a/b", "c/d") == "a_b/c_d");
}

Model with_accounts() {
  Model m;
  m.owners = {"lab", "llm", "other"};
  m.accounts = {{.name = "all"}, {.name = "llm", .parent = 0, .owner = 1}, {.name = "lab"}};
  return m;
}

TEST_CASE("account paths: known names are found at any depth, others are made") {
  Model m = with_accounts();
  AccountPaths paths(m);
  const uint32_t kim = paths.find_or_make("llm/kim", 1);
  CHECK(account_path(m, kim) == "all/llm/kim");
  CHECK(m.accounts[kim].owner == 1);
  CHECK(paths.find_or_make("llm/kim", 1) == kim);
  CHECK(paths.find_or_make("all/llm/kim", 2) == kim);  // the same from the top
  CHECK(paths.find_or_make("llm", 1) == 1);
  CHECK(paths.find_or_make("", 1) == 1);  // by its owner
  CHECK(m.accounts.size() == 4);
  // Below the account of the owner, where the scenario has that; else on its own.
  CHECK(account_path(m, paths.find_or_make("robots/lee", 0)) == "lab/robots/lee");
  CHECK(account_path(m, paths.find_or_make("robots/lee", 2)) == "robots/lee");
  CHECK(account_path(m, paths.find_or_make("", 2)) == "other");
  // A user below two accounts is two.
  CHECK(paths.find_or_make("robots/kim", 2) != kim);
}

TEST_CASE("account paths: unknown ones go below the account that is named for them") {
  Model m = with_accounts();
  AccountPaths paths(m, 0);
  CHECK(account_path(m, paths.find_or_make("x/y", 2)) == "all/x/y");
  CHECK(account_path(m, paths.find_or_make("", 2)) == "all/other");
  CHECK(account_path(m, paths.find_or_make("", 0)) == "lab");
}

}  // namespace
}  // namespace dure::fleet
