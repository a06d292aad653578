// The parts of the report page as they were at build time: those of
// coordinator/web/assets, and dygraphs with its notice.
#ifndef INVOCATOR_COORDINATOR_WEB_PAGE_ASSETS_H_
#define INVOCATOR_COORDINATOR_WEB_PAGE_ASSETS_H_

#include "absl/strings/string_view.h"

namespace invocator {

struct PageAssets {
  // With the placeholders @CSP@ @TITLE@ @STYLE@ @DATA@ @DYGRAPHS@ @SCRIPT@.
  absl::string_view html;
  absl::string_view style;
  absl::string_view script;
  absl::string_view dygraphs;
};

// Defined by cmake/page_assets.cc.in.
PageAssets BuiltInPageAssets();

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_PAGE_ASSETS_H_
