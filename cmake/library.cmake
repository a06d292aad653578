# The shared library (coordinator/api) and its package for
# find_package(Invocator).
#
# Unlike the programs, it links the system's shared gRPC, Protobuf and Abseil,
# since the host program may use them, too. It exports the API's symbols only.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
find_package(absl REQUIRED)
pkg_check_modules(GRPCXX REQUIRED IMPORTED_TARGET grpc++)

set(api_headers)
foreach(header aws_function_invocator.h invoke_types.h)
  set(from ${PROJECT_SOURCE_DIR}/coordinator/api/${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
  file(READ ${from} text)
  string(REPLACE "\"coordinator/api/" "\"invocator/" text "${text}")
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/include/invocator/${header}
       CONTENT "${text}" @ONLY)
  list(APPEND api_headers ${PROJECT_BINARY_DIR}/include/invocator/${header})
endforeach()

add_library(libinvocator SHARED $<TARGET_OBJECTS:api>)
set_target_properties(libinvocator PROPERTIES
  OUTPUT_NAME invocator EXPORT_NAME invocator
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
# By file name: linked as targets, they would bring gRPC's archives along.
set(ours coordinator worker common invocator_proto)
add_dependencies(libinvocator ${ours})
foreach(archive ${ours})
  target_link_libraries(libinvocator PRIVATE $<TARGET_FILE:${archive}>)
  set_property(TARGET libinvocator APPEND PROPERTY
    LINK_DEPENDS $<TARGET_FILE:${archive}>)
endforeach()
target_link_libraries(libinvocator PRIVATE
  PkgConfig::GRPCXX protobuf::libprotobuf absl::flat_hash_map
  absl::flat_hash_set absl::span absl::status absl::statusor absl::str_format
  absl::strings absl::synchronization absl::time curl nghttp2 openssl_ssl
  uring_dep zlib_dep spdlog_dep Threads::Threads)
# Hides what the libraries' headers show whatever the compiler is told.
set(symbols ${PROJECT_SOURCE_DIR}/cmake/library.map)
target_link_options(libinvocator PRIVATE -Wl,--version-script=${symbols})
set_property(TARGET libinvocator APPEND PROPERTY LINK_DEPENDS ${symbols})
target_include_directories(libinvocator INTERFACE
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(libinvocator INTERFACE cxx_std_17)

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Invocator)
install(TARGETS libinvocator EXPORT invocator_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(FILES ${api_headers}
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/invocator COMPONENT library)
install(EXPORT invocator_targets FILE InvocatorConfig.cmake
  NAMESPACE invocator:: DESTINATION ${config_folder} COMPONENT library)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/InvocatorConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/InvocatorConfigVersion.cmake
  DESTINATION ${config_folder} COMPONENT library)
