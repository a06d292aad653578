#include "worker/exchange/cold_start_probe.h"

#include <cstddef>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using Json = nlohmann::json;

// Follows the path through the events of a parser, without building a tree;
// ends the parsing once the member was found, or cannot come any more.
class PathFollower final : public nlohmann::json_sax<Json> {
 public:
  explicit PathFollower(const std::vector<std::string>& path) : path_(path) {}

  Warmth found() const { return found_; }

  bool null() override { return Scalar(Warmth::kUnknown); }
  bool boolean(bool value) override {
    return Scalar(value ? Warmth::kCold : Warmth::kWarm);
  }
  bool number_integer(number_integer_t) override {
    return Scalar(Warmth::kUnknown);  // of negative ones
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(value == 0   ? Warmth::kWarm
                  : value == 1 ? Warmth::kCold
                               : Warmth::kUnknown);
  }
  bool number_float(number_float_t, const string_t&) override {
    return Scalar(Warmth::kUnknown);
  }
  bool string(string_t& value) override { return Scalar(WarmthOfWord(value)); }
  bool binary(binary_t&) override { return Scalar(Warmth::kUnknown); }
  bool start_object(size_t) override { return Start(/*is_array=*/false); }
  bool start_array(size_t) override { return Start(/*is_array=*/true); }
  bool end_object() override { return End(); }
  bool end_array() override { return End(); }
  bool key(string_t& name) override {
    key_fits_ =
        off_path_ == 0 && Depth() <= path_.size() && name == path_[Depth() - 1];
    return true;
  }
  bool parse_error(size_t, const std::string&,
                   const Json::exception&) override {
    return false;
  }

 private:
  struct Container {
    bool is_array;
    size_t next_index;
  };

  // Open containers around the next value, all on the path.
  size_t Depth() const { return on_path_.size(); }

  // Whether the next value lies on the path.
  bool Fits() {
    if (off_path_ > 0) return false;
    if (on_path_.empty()) return true;
    Container& around = on_path_.back();
    if (!around.is_array) return key_fits_;
    return path_[Depth() - 1] == absl::StrCat(around.next_index++);
  }

  bool Scalar(Warmth warmth) {
    if (!Fits()) return true;
    if (Depth() == path_.size()) found_ = warmth;
    return false;
  }

  bool Start(bool is_array) {
    if (!Fits()) {
      ++off_path_;
      return true;
    }
    if (Depth() == path_.size()) return false;
    on_path_.push_back({is_array, 0});
    key_fits_ = false;
    return true;
  }

  bool End() {
    if (off_path_ == 0) return false;  // the member is not there
    --off_path_;
    return true;
  }

  const std::vector<std::string>& path_;
  std::vector<Container> on_path_;
  size_t off_path_ = 0;
  bool key_fits_ = false;
  Warmth found_ = Warmth::kUnknown;
};

}  // namespace

Warmth WarmthInJson(absl::string_view json,
                    const std::vector<std::string>& path) {
  PathFollower follower(path);
  Json::sax_parse(json.begin(), json.end(), &follower,
                  nlohmann::detail::input_format_t::json, /*strict=*/false);
  return follower.found();
}

}  // namespace invocator
