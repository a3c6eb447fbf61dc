// Any text as Kueue's YAML: an Error, or accounts that are written and read back the same.
#include "worlds/fleet/kueue.h"

#include "worlds/fleet/read_fuzz.h"

using namespace dure;
using namespace dure::fleet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<KueueQuotas> quotas = read_kueue(fuzz_text(data, size), "quotas.yaml");
  if (!quotas) return 0;
  DURE_ASSERT(!quotas->accounts.empty(), "quotas of nobody");
  // The first time, names become what Kubernetes allows; from then on nothing changes but for their
  // order.
  const std::string text = kueue_yaml(quotas->accounts);
  const Result<KueueQuotas> once = read_kueue(text, "once.yaml");
  DURE_ASSERT(once.ok(), once.error().text().c_str());
  DURE_ASSERT(once->accounts.size() == quotas->accounts.size(), "an account more or less");
  const Result<KueueQuotas> twice = read_kueue(kueue_yaml(once->accounts), "twice.yaml");
  DURE_ASSERT(twice.ok(), twice.error().text().c_str());
  DURE_ASSERT(kueue_yaml(twice->accounts) == kueue_yaml(once->accounts), "not the same accounts");
  return 0;
}
