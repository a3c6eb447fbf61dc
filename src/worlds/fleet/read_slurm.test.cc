#include "worlds/fleet/read_slurm.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::fleet;

TEST_CASE("slurm: trackable resources") {
  const auto full =
      parse_tres("billing=8,cpu=64,energy=120,gres/gpu:h100=8,gres/gpu=8,mem=480G,node=2");
  REQUIRE(full);
  CHECK(full->cpus == 64);
  CHECK(full->gpus == 8);
  CHECK(full->nodes == 2);
  CHECK(full->memory_mib == 480 * 1024);
  CHECK(full->gpu_types == std::vector<std::string>{"h100"});
  const auto typed =
      parse_tres("cpu=1,gres/gpu:A100=4,gres/gpu:h100=2,gres/gpu:v100=0,gres/gpumem=3G");
  REQUIRE(typed);
  CHECK(typed->gpus == 6);
  CHECK(typed->gpu_types == std::vector<std::string>{"a100", "h100"});
  CHECK(parse_tres("")->gpus == 0);
  CHECK(parse_tres("cpu=x").error().message ==
        "expected a whole number from 0 to 1e9 in \"cpu=x\", found \"x\"");
  CHECK(!parse_tres("cpu"));
  CHECK(!parse_tres("cpu=-1"));
  CHECK(!parse_tres("node=99999999999"));
  CHECK(!parse_tres("mem=lots"));
}

TEST_CASE("slurm: GPUs of a node") {
  CHECK(parse_gres("(null)")->gpus == 0);
  CHECK(parse_gres("")->gpus == 0);
  CHECK(parse_gres("gpu:8")->gpus == 8);
  CHECK(parse_gres("gpu")->gpus == 1);
  CHECK(parse_gres("gpu:h100:8(S:0-1)")->gpus == 8);
  CHECK(parse_gres("gpu:H100:8(S:0,1)")->gpu_types == std::vector<std::string>{"H100"});
  const auto mixed = parse_gres("gpu:a100:4(S:0,2),gpu:1g.5gb:14(S:1),mps:400,bandwidth:lustre:4");
  REQUIRE(mixed);
  CHECK(mixed->gpus == 18);
  CHECK(mixed->gpu_types == std::vector<std::string>{"a100", "1g.5gb"});
  CHECK(parse_gres("gpu:h100:eight").error().message ==
        "expected GPUs such as \"gpu:h100:8\", found \"gpu:h100:eight\"");
  CHECK(!parse_gres("gpu:a:b:1"));
  CHECK(parse_gres("))),,((")->gpus == 0);
}

TEST_CASE("slurm: memory") {
  CHECK(*parse_slurm_memory("480G") == 480 * 1024);
  CHECK(*parse_slurm_memory("7.50G") == 7680);
  CHECK(*parse_slurm_memory("515520M") == 515520);
  CHECK(*parse_slurm_memory("1T") == 1024 * 1024);
  CHECK(*parse_slurm_memory("100K") == 1);
  CHECK(*parse_slurm_memory("12") == 12);
  CHECK(*parse_slurm_memory("0") == 0);
  for (const char* bad : {"", "G", "-1G", "4Gc", "1e30P", "nan"}) {
    CAPTURE(bad);
    CHECK(!parse_slurm_memory(bad));
  }
}

TEST_CASE("slurm: lists of hosts") {
  const auto hosts = [](std::string_view text) {
    const auto names = parse_hostlist(text);
    if (!names) return names.error().message;
    std::string out;
    for (const std::string& n : *names) out += (out.empty() ? "" : " ") + n;
    return out;
  };
  CHECK(hosts("") == "");
  CHECK(hosts("None assigned") == "");
  CHECK(hosts("login1") == "login1");
  CHECK(hosts("gpu[001-003,7],login1") == "gpu001 gpu002 gpu003 gpu7 login1");
  CHECK(hosts("gpu[098-101]-ib") == "gpu098-ib gpu099-ib gpu100-ib gpu101-ib");
  CHECK(hosts("r[1-2]n[8,10]") == "r1n8 r1n10 r2n8 r2n10");
  for (const char* bad : {"gpu[1-2", "gpu]1[", "gpu[]", "gpu[2-1]", "gpu[a-b]", "a b", "a,,b",
                          "a|b", "n[0-99999999]", "n[1-1000000],m"}) {
    CAPTURE(bad);
    CHECK(hosts(bad).starts_with("expected "));
  }
  CHECK(hosts("a,b,a") == "expected each host once, found \"a\"");
}

TEST_CASE("slurm: durations and times") {
  CHECK(*parse_slurm_duration("1-02:03:04") == 1_d + 2_h + 3_min + 4_s);
  CHECK(*parse_slurm_duration("00:00:10") == 10_s);
  CHECK(*parse_slurm_duration("02:03") == 2_min + 3_s);
  CHECK(*parse_slurm_duration("90") == 90_min);
  CHECK(*parse_slurm_duration("2-0") == 2_d);
  CHECK(*parse_slurm_duration("2-01:30") == 2_d + 1_h + 30_min);
  CHECK(*parse_slurm_duration("00:00:01.250") == 1250_ms);
  for (const char* bad : {"", "-", "1-", "x", "1:2:3:4", "1-1:2:3:4", "-1:00:00", "999999-00:00:00",
                          "99999-9999999:00:00", "::"}) {
    CAPTURE(bad);
    CHECK(!parse_slurm_duration(bad));
  }
  CHECK(!*parse_slurm_limit("UNLIMITED"));
  CHECK(!*parse_slurm_limit("Partition_Limit"));
  CHECK(!*parse_slurm_limit(""));
  CHECK(**parse_slurm_limit("10:00:00") == 10_h);
  CHECK(!parse_slurm_limit("ten hours"));
  CHECK(!*parse_slurm_time("Unknown"));
  CHECK(!*parse_slurm_time("None"));
  CHECK(**parse_slurm_time("2026-01-05T10:00:00") == *parse_time("2026-01-05T10:00:00"));
  CHECK(!parse_slurm_time("yesterday"));
}
