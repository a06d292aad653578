#include "coordinator/web/html_report.h"

#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/sha256.h"
#include "coordinator/web/page_assets.h"

namespace invocator {
namespace {

// 'sha256-...' of an inline element's text.
std::string HashSource(absl::string_view text) {
  const Sha256Digest digest = Sha256(text);
  return absl::StrCat(
      "'sha256-",
      absl::Base64Escape(absl::string_view(
          reinterpret_cast<const char*>(digest.data()), digest.size())),
      "'");
}

std::string Policy(bool is_live) {
  const PageAssets assets = BuiltInPageAssets();
  return absl::StrCat(
      "default-src 'none'; script-src ", HashSource(assets.dygraphs), " ",
      HashSource(assets.script), "; style-src ", HashSource(assets.style),
      "; img-src data:; base-uri 'none'; form-action 'none'",
      is_live ? "; connect-src 'self'" : "");
}

// JSON that may stand in a script element. Outside of strings JSON has none of
// these.
std::string ScriptData(absl::string_view json) {
  return absl::StrReplaceAll(json, {{"<", "\\u003c"},
                                    {"\xE2\x80\xA8", "\\u2028"},
                                    {"\xE2\x80\xA9", "\\u2029"}});
}

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

std::string Page(absl::string_view data, absl::string_view title,
                 bool is_live) {
  const PageAssets assets = BuiltInPageAssets();
  // In one pass: inserted text is not searched for placeholders.
  return absl::StrReplaceAll(assets.html, {{"@CSP@", Policy(is_live)},
                                           {"@TITLE@", EscapeHtml(title)},
                                           {"@STYLE@", assets.style},
                                           {"@DATA@", data},
                                           {"@DYGRAPHS@", assets.dygraphs},
                                           {"@SCRIPT@", assets.script}});
}

}  // namespace

std::string HtmlReport(const std::vector<std::string>& runs_json,
                       absl::string_view title) {
  return Page(ScriptData(absl::StrCat("{\"runs\":[",
                                      absl::StrJoin(runs_json, ",\n"), "]}")),
              title, /*is_live=*/false);
}

std::string LivePage(absl::string_view title) {
  return Page("{\"runs\":[],\"live\":true}", title, /*is_live=*/true);
}

std::string LivePagePolicy() {
  return absl::StrCat(Policy(/*is_live=*/true), "; frame-ancestors 'none'");
}

}  // namespace invocator
