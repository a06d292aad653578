#include "coordinator/memory/memory_size.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/aws/function_name.h"
#include "common/words/listing.h"
#include "coordinator/json/json.h"

namespace invocator {
namespace {

// A comparison of more sizes than this would be hard to read, and to pay.
constexpr size_t kMaxSizes = 64;

absl::Status Wrong(absl::string_view text, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(ShortQuote(text), ": expected ", expected));
}

// More functions than this are not listed one by one.
constexpr size_t kMaxEffects = 10;

// With the instance that first wanted it by its own key, if any did, and the
// one that says where it is.
struct Wanted {
  MemoryTarget target;
  const InstancePlan* explicit_by = nullptr;
  const InstancePlan* placed_by = nullptr;
};

// A version, or an alias of one, has the size that it was published with.
bool KeepsItsSize(const FunctionName& name) {
  return !name.qualifier.empty() && name.qualifier != "$LATEST";
}

bool KeepsItsSize(const InstancePlan& instance) {
  const absl::StatusOr<FunctionName> name =
      ParseFunctionName(instance.application);
  return name.ok() && KeepsItsSize(*name);
}

absl::StatusOr<LambdaFunction> FunctionOf(const InstancePlan& instance) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(
        "instance ", ShortQuote(instance.name), ": application: ", why,
        "; --memory-size keep leaves all functions as they are"));
  };
  const absl::StatusOr<FunctionName> name =
      ParseFunctionName(instance.application);
  if (!name.ok()) return refuse(name.status().message());
  if (KeepsItsSize(*name)) {
    return refuse(absl::StrCat(
        ShortQuote(instance.application),
        " is a version or alias, whose memory size cannot be changed"));
  }
  LambdaFunction function;
  // A function of another account is named by its ARN alone.
  function.name =
      name->account.empty()
          ? name->name
          : instance.application.substr(
                0,
                instance.application.size() -
                    (name->qualifier.empty() ? 0 : name->qualifier.size() + 1));
  function.region =
      name->region.empty() ? instance.signing->region : name->region;
  return function;
}

// Endpoint of the function's control calls, by this instance. A function that
// is at AWS for one instance and elsewhere for another is two functions, of
// which a run would change only one.
absl::Status Place(const InstancePlan& instance, const ControlEndpoint& control,
                   Wanted& wanted) {
  LambdaFunction& function = wanted.target.function;
  const std::optional<std::string> invoked = InvokeEndpointOf(instance);
  const std::string place =
      CompleteEndpoint(invoked.value_or(control.url), function.region);
  std::string& known = function.endpoint_url;
  if (known.empty() || known == place) {
    known = place;
    wanted.placed_by = &instance;
    return absl::OkStatus();
  }
  if (!IsAwsEndpoint(known) || !IsAwsEndpoint(place)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "instances ", ShortQuote(wanted.placed_by->name), " and ",
        ShortQuote(instance.name), " call ", function.ToString(),
        " at two places, ", known, " and ", place,
        ": --control-endpoint-url says where its memory is set, --memory-size "
        "keep leaves it"));
  }
  // All of them AWS: what the workload names goes before what is implied.
  if (invoked) known = place;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MemorySizeOption> ParseMemorySize(absl::string_view text) {
  MemorySizeOption option;
  option.sizes_mb.clear();
  option.is_given = true;
  if (text == "keep") return option;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    uint32_t size = 0;
    if (part.empty() || part.front() == '+' || !absl::SimpleAtoi(part, &size) ||
        !IsMemorySize(size)) {
      return Wrong(
          text, absl::StrCat("keep, or memory sizes in MB, ", kMinMemorySizeMb,
                             " to ", kMaxMemorySizeMb,
                             ", such as 256 or "
                             "128,256,512"));
    }
    if (std::find(option.sizes_mb.begin(), option.sizes_mb.end(), size) !=
        option.sizes_mb.end()) {
      return Wrong(text, "every memory size once");
    }
    option.sizes_mb.push_back(size);
  }
  if (option.sizes_mb.size() > kMaxSizes) {
    return Wrong(text, absl::StrCat("at most ", kMaxSizes, " memory sizes"));
  }
  return option;
}

absl::StatusOr<std::vector<MemoryTarget>> MemoryTargets(
    const Plan& plan, std::optional<uint32_t> option_mb,
    const ControlEndpoint& control) {
  std::vector<MemoryTarget> targets;
  if (!option_mb) return targets;
  std::vector<Wanted> wanted;
  for (const InstancePlan& instance : plan.instances) {
    if (!instance.signing || instance.application.empty()) continue;
    if (!instance.memory_size_mb && KeepsItsSize(instance)) continue;
    absl::StatusOr<LambdaFunction> function = FunctionOf(instance);
    if (!function.ok()) return function.status();
    auto found = std::find_if(
        wanted.begin(), wanted.end(),
        [&](const Wanted& w) { return w.target.function == *function; });
    if (found == wanted.end()) {
      wanted.push_back({{*std::move(function), *option_mb}, nullptr});
      found = wanted.end() - 1;
    }
    if (!control.is_option) {
      absl::Status placed = Place(instance, control, *found);
      if (!placed.ok()) return placed;
    }
    if (!instance.memory_size_mb) continue;
    if (found->explicit_by != nullptr &&
        found->target.memory_mb != *instance.memory_size_mb) {
      return absl::InvalidArgumentError(absl::StrCat(
          "instances ", ShortQuote(found->explicit_by->name), " and ",
          ShortQuote(instance.name), " call one function, ",
          found->target.function.ToString(), ", but want memory sizes of ",
          found->target.memory_mb, " and ", *instance.memory_size_mb, " MB"));
    }
    found->explicit_by = &instance;
    found->target.memory_mb = *instance.memory_size_mb;
  }
  for (Wanted& w : wanted) {
    LambdaFunction& function = w.target.function;
    if (control.is_option ||
        function.endpoint_url ==
            CompleteEndpoint(control.url, function.region)) {
      function.endpoint_url.clear();
    }
    targets.push_back(std::move(w.target));
  }
  return targets;
}

std::vector<MemoryTarget> DefaultSized(
    const Plan& plan, const std::vector<MemoryTarget>& targets) {
  std::vector<MemoryTarget> sized;
  for (const MemoryTarget& target : targets) {
    const bool is_named = std::any_of(
        plan.instances.begin(), plan.instances.end(), [&](const auto& i) {
          if (!i.memory_size_mb || !i.signing) return false;
          const auto function = FunctionOf(i);
          return function.ok() && *function == target.function;
        });
    if (!is_named) sized.push_back(target);
  }
  return sized;
}

std::vector<std::string> MemoryEffects(const Plan& plan,
                                       const MemorySizeOption& option,
                                       const ControlEndpoint& control) {
  std::vector<std::vector<MemoryTarget>> runs;
  for (const uint32_t size_mb : option.sizes_mb) {
    auto targets = MemoryTargets(plan, size_mb, control);
    if (!targets.ok()) return {};
    runs.push_back(*std::move(targets));
  }
  std::vector<std::string> effects;
  const size_t functions = runs.empty() ? 0 : runs.front().size();
  for (size_t f = 0; f < std::min(functions, kMaxEffects); ++f) {
    std::vector<uint32_t> sizes;
    for (const std::vector<MemoryTarget>& targets : runs) {
      if (sizes.empty() || sizes.back() != targets[f].memory_mb) {
        sizes.push_back(targets[f].memory_mb);
      }
    }
    const LambdaFunction& function = runs.front()[f].function;
    const std::string& url =
        function.endpoint_url.empty() ? control.url : function.endpoint_url;
    effects.push_back(absl::StrCat(
        "will set memory of ", function.name, " to ",
        absl::StrJoin(sizes, ", then "), " MB; --memory-size keep leaves it (",
        function.region, url.empty() ? "" : ", ", url, ")"));
  }
  if (functions > kMaxEffects) {
    effects.push_back(absl::StrCat(
        "... and of ", Counted(functions - kMaxEffects, "more function")));
  }
  std::vector<std::string> kept;
  absl::flat_hash_set<std::string> known;
  for (const InstancePlan& instance : plan.instances) {
    if (runs.empty() || !instance.signing || !KeepsItsSize(instance)) continue;
    if (!known.insert(instance.application).second) continue;
    kept.push_back(ShortQuote(instance.application));
  }
  if (!kept.empty()) {
    effects.push_back(absl::StrCat("leaves the memory of ", FirstFew(kept),
                                   ", as a version or alias keeps its size"));
  }
  return effects;
}

std::vector<std::optional<uint32_t>> MemoryByInstance(
    const Plan& plan, const std::vector<MemoryTarget>& targets) {
  std::vector<std::optional<uint32_t>> sizes(plan.instances.size());
  for (size_t i = 0; i < sizes.size() && !targets.empty(); ++i) {
    const InstancePlan& instance = plan.instances[i];
    if (!instance.signing || instance.application.empty()) continue;
    const absl::StatusOr<LambdaFunction> function = FunctionOf(instance);
    if (!function.ok()) continue;
    const auto target = std::find_if(
        targets.begin(), targets.end(),
        [&](const MemoryTarget& t) { return t.function == *function; });
    if (target != targets.end()) sizes[i] = target->memory_mb;
  }
  return sizes;
}

absl::StatusOr<std::string> SeriesWarning(const Plan& plan,
                                          const MemorySizeOption& option,
                                          const ControlEndpoint& control) {
  if (option.sizes_mb.size() < 2) return std::string();
  std::vector<std::optional<uint32_t>> sizes[2];
  for (size_t run = 0; run < 2; ++run) {
    const auto targets = MemoryTargets(plan, option.sizes_mb[run], control);
    if (!targets.ok()) return targets.status();
    sizes[run] = MemoryByInstance(plan, *targets);
  }
  std::vector<std::string> fixed;
  bool any_varies = false;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    if (!sizes[0][i]) continue;
    if (sizes[0][i] == sizes[1][i]) {
      fixed.push_back(ShortQuote(plan.instances[i].name));
    } else {
      any_varies = true;
    }
  }
  const std::string option_words =
      absl::StrCat("--memory-size ", absl::StrJoin(option.sizes_mb, ","));
  if (!any_varies) {
    return absl::InvalidArgumentError(absl::StrCat(
        option_words, ": nothing to compare: ",
        fixed.empty()
            ? "no signed instance names an application whose memory size can "
              "be changed"
            : absl::StrCat("the memory_size of every function's instances wins "
                           "over it: ",
                           FirstFew(fixed))));
  }
  if (fixed.empty()) return std::string();
  return absl::StrCat(option_words,
                      " does not apply to functions with a memory_size of "
                      "their own, the same each time: those of ",
                      FirstFew(fixed));
}

}  // namespace invocator
