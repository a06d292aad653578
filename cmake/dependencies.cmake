# Every dependency, found on the system and given one short target name.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.74 REQUIRED)
pkg_check_modules(GRPCXX REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(LIBCURL REQUIRED IMPORTED_TARGET libcurl)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

function(invocator_dependency name)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

invocator_dependency(absl_all
  absl::flat_hash_map absl::flat_hash_set absl::span absl::status
  absl::statusor absl::str_format absl::strings absl::synchronization
  absl::time)
invocator_dependency(openssl_crypto OpenSSL::Crypto)
invocator_dependency(openssl_ssl OpenSSL::SSL OpenSSL::Crypto)
invocator_dependency(json nlohmann_json::nlohmann_json)
invocator_dependency(grpcxx PkgConfig::GRPCXX protobuf::libprotobuf
  Threads::Threads)
invocator_dependency(curl PkgConfig::LIBCURL)
invocator_dependency(cli11_dep CLI11::CLI11)
invocator_dependency(spdlog_dep spdlog::spdlog)
invocator_dependency(boost_asio Boost::headers Threads::Threads)
