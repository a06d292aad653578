# The parts of the report page, built into the coordinator as arrays of bytes
# (coordinator/web/page_assets.h). dygraphs comes from its Debian package, or
# from a file.
set(INVOCATOR_DYGRAPHS /usr/share/javascript/dygraphs/dygraph.min.js
  CACHE FILEPATH "dygraph.min.js of dygraphs 2.1 or newer")
if(NOT EXISTS ${INVOCATOR_DYGRAPHS})
  message(FATAL_ERROR "${INVOCATOR_DYGRAPHS} is missing. Install the package "
    "libjs-dygraphs, as scripts/install_deps.sh does. Where there is none "
    "(Ubuntu 22.04), give the file: -DINVOCATOR_DYGRAPHS=PATH")
endif()
# Its notice goes with the programs (packaging.cmake) and, as a comment, with
# every page.
set(notice "")
if(EXISTS /usr/share/doc/libjs-dygraphs/copyright)
  file(READ /usr/share/doc/libjs-dygraphs/copyright notice)
  string(REPLACE "*/" "* /" notice "${notice}")
  string(REPLACE "<" "(" notice "${notice}")
  string(REPLACE ">" ")" notice "${notice}")
endif()
string(HEX "/*\n${notice}*/\n" notice)

# Without the name of a source map, which a browser's tools would ask for.
file(READ ${INVOCATOR_DYGRAPHS} dygraphs HEX)
string(HEX "//# sourceMappingURL=dygraph.min.js.map" source_map)
string(REPLACE "${source_map}" "" dygraphs "${dygraphs}")

function(to_bytes name hex)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  # 12 bytes a line.
  string(REPEAT "0x..," 12 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  set(${name} "${bytes}" PARENT_SCOPE)
endfunction()

to_bytes(DYGRAPHS "${notice}${dygraphs}")
foreach(part HTML CSS)
  string(TOLOWER coordinator/web/assets/page.${part} file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} hex HEX)
  to_bytes(PAGE_${part} "${hex}")
endforeach()

# One script of the files of coordinator/web/assets/page, without indentation,
# empty lines and lines of comment. What a file runs while it is loaded may use
# those before it.
set(script_parts elements format state tables sections ticks plot line_plot
  heat_map plots_over_time curves plots selection verdict books instances
  versions workers cost workload comparison live main)
file(GLOB script_files coordinator/web/assets/page/*)
list(LENGTH script_files files)
list(LENGTH script_parts parts)
if(NOT files EQUAL parts)
  message(FATAL_ERROR "coordinator/web/assets/page has ${files} files, the "
    "list above ${parts}")
endif()
set(script "(() => {\n'use strict';\n")
foreach(part ${script_parts})
  set(file coordinator/web/assets/page/${part}.js)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(REGEX REPLACE "\n[ \n]+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "^\n" "" text "${text}")
  if(text MATCHES "`|/\\*|\\\\\n")
    message(FATAL_ERROR "${file} has a `, a /* or a line that ends in \\: "
      "its lines cannot be stripped")
  endif()
  string(APPEND script "${text}")
endforeach()
string(APPEND script "})();\n")
string(HEX "${script}" hex)
to_bytes(PAGE_JS "${hex}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${INVOCATOR_DYGRAPHS})
configure_file(cmake/page_assets.cc.in generated/page_assets.cc @ONLY)
target_sources(coordinator PRIVATE
  ${PROJECT_BINARY_DIR}/generated/page_assets.cc)
