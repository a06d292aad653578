#include "common/aws/aws_profile.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/words/utf8.h"

namespace invocator {
namespace {

bool IsBlank(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

bool BeginsComment(absl::string_view text) {
  return !text.empty() && (text.front() == '#' || text.front() == ';');
}

size_t IndentOf(absl::string_view line) {
  return static_cast<size_t>(absl::StripLeadingAsciiWhitespace(line).data() -
                             line.data());
}

// Strips surrounding blanks, and a comment that follows a blank.
absl::string_view StripComment(absl::string_view value) {
  for (size_t i = 1; i < value.size(); ++i) {
    if (BeginsComment(value.substr(i)) && IsBlank(value[i - 1])) {
      value = value.substr(0, i);
      break;
    }
  }
  return absl::StripAsciiWhitespace(value);
}

absl::string_view Unquote(absl::string_view name) {
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
      name.back() == name.front()) {
    return name.substr(1, name.size() - 2);
  }
  return name;
}

class Parser {
 public:
  Parser(absl::string_view file, AwsFileKind kind) : file_(file), kind_(kind) {}

  absl::Status Add(absl::string_view line) {
    ++number_;
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || BeginsComment(text)) return absl::OkStatus();
    const size_t indent = IndentOf(line);
    if (value_ != nullptr && indent > key_indent_) {
      absl::StrAppend(value_, "\n", text);
      return absl::OkStatus();
    }
    if (text.front() == '[') return OpenSection(text);
    return AddKey(text, indent);
  }

  AwsFile Take() {
    if (has_profile_default_) read_.profiles["default"] = profile_default_;
    return std::move(read_);
  }

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", number_, ": ", what));
  }

  absl::Status OpenSection(absl::string_view text) {
    value_ = nullptr;
    profile_ = nullptr;
    const size_t end = text.find(']');
    if (end == absl::string_view::npos) return Error("'[' without a ']'");
    const absl::string_view name =
        absl::StripAsciiWhitespace(text.substr(1, end - 1));
    if (name.empty()) return Error("a section without a name");
    in_section_ = true;
    profile_ = ProfileOf(name);
    return absl::OkStatus();
  }

  // NAME of "<kind> NAME"; nullopt if the section is of another kind.
  static std::optional<absl::string_view> NameBehind(
      absl::string_view kind, absl::string_view section) {
    if (!absl::ConsumePrefix(&section, kind) || section.empty() ||
        !IsBlank(section.front())) {
      return std::nullopt;
    }
    return Unquote(absl::StripAsciiWhitespace(section));
  }

  // Destination of a section's keys; null: skip the section.
  AwsProfile* ProfileOf(absl::string_view section) {
    const auto name = NameBehind("profile", section);
    if (kind_ == AwsFileKind::kCredentials) {
      return name ? nullptr : &read_.profiles[std::string(section)];
    }
    if (section == "default") return &read_.profiles["default"];
    if (name == "default") {  // hides [default], before or behind it
      has_profile_default_ = true;
      return &profile_default_;
    }
    if (name && !name->empty()) return &read_.profiles[std::string(*name)];
    const auto services = NameBehind("services", section);
    if (!services || services->empty()) return nullptr;
    return &read_.services[std::string(*services)];
  }

  absl::Status AddKey(absl::string_view text, size_t indent) {
    value_ = nullptr;
    const size_t end = text.find_first_of("=:");
    if (end == absl::string_view::npos) {
      return Error("expected [section], key = value or a comment");
    }
    if (!in_section_) return Error("a key before the first [section]");
    const absl::string_view key =
        absl::StripAsciiWhitespace(text.substr(0, end));
    if (key.empty()) return Error("a value without a key");
    AwsProfile& profile = profile_ == nullptr ? left_out_ : *profile_;
    value_ = &profile[absl::AsciiStrToLower(key)];
    *value_ = std::string(StripComment(text.substr(end + 1)));
    key_indent_ = indent;
    return absl::OkStatus();
  }

  const absl::string_view file_;
  const AwsFileKind kind_;
  size_t number_ = 0;
  bool in_section_ = false;
  AwsFile read_;
  AwsProfile left_out_;  // of other sections
  bool has_profile_default_ = false;
  AwsProfile profile_default_;
  AwsProfile* profile_ = nullptr;  // of the section; null if left out
  std::string* value_ = nullptr;   // may be continued
  size_t key_indent_ = 0;
};

}  // namespace

absl::StatusOr<AwsFile> ParseAwsFile(absl::string_view file,
                                     absl::string_view text, AwsFileKind kind) {
  absl::ConsumePrefix(&text, kByteOrderMark);
  Parser parser(file, kind);
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::Status status = parser.Add(line);
    if (!status.ok()) return status;
  }
  return parser.Take();
}

AwsProfiles MergeProfiles(AwsProfiles config, const AwsProfiles& credentials) {
  for (const auto& [name, keys] : credentials) {
    AwsProfile& merged = config[name];
    for (const auto& [key, value] : keys) merged[key] = value;
  }
  return config;
}

std::string ValueOf(const AwsProfile& profile, absl::string_view key) {
  const auto found = profile.find(std::string(key));
  return found == profile.end() ? "" : found->second;
}

absl::StatusOr<std::string> NestedValueOf(const AwsProfile& section,
                                          absl::string_view key,
                                          absl::string_view nested) {
  const auto found = section.find(std::string(key));
  if (found == section.end()) return "";
  const std::vector<absl::string_view> lines =
      absl::StrSplit(found->second, '\n');
  const absl::Status wrong = absl::InvalidArgumentError(absl::StrCat(
      key, ": expected indented lines below it, \"", nested, " = ...\""));
  // The first line is the rest of the key's own line.
  if (!lines.front().empty() || lines.size() == 1) return wrong;
  std::string value;
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t end = lines[i].find('=');
    if (end == absl::string_view::npos) return wrong;
    if (absl::EqualsIgnoreCase(
            absl::StripAsciiWhitespace(lines[i].substr(0, end)), nested)) {
      value = std::string(StripComment(lines[i].substr(end + 1)));
    }
  }
  return value;
}

}  // namespace invocator
