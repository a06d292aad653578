# Every dependency, found on the system and given one short target name.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.74 REQUIRED)
pkg_check_modules(LIBCURL REQUIRED IMPORTED_TARGET libcurl)
# Where it is missing or older, engines drive their sockets with epoll.
pkg_check_modules(LIBURING IMPORTED_TARGET liburing>=2.3)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

function(invocator_dependency name)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

# gRPC with Protobuf and Abseil is some sixty shared libraries: loading them
# would be half of what starting a program costs. So they are linked into it, all
# but in sanitizers' builds, which tell the libraries' doings from ours by file,
# and where the archives are not to be had.
set(archives)
foreach(name grpc++ grpc gpr address_sorting upb re2 cares protobuf absl_base)
  find_library(ARCHIVE_OF_${name} lib${name}.a)
  list(APPEND archives ${ARCHIVE_OF_${name}})
endforeach()
get_filename_component(folder ${ARCHIVE_OF_absl_base} DIRECTORY)
file(GLOB abseil ${folder}/libabsl_*.a)
list(APPEND archives ${abseil})
if(INVOCATOR_SANITIZE OR archives MATCHES "-NOTFOUND")
  message(STATUS "gRPC, Protobuf and Abseil: shared libraries")
  find_package(absl REQUIRED)
  pkg_check_modules(GRPCXX REQUIRED IMPORTED_TARGET grpc++)
  invocator_dependency(grpcxx PkgConfig::GRPCXX protobuf::libprotobuf
    absl::flat_hash_map absl::flat_hash_set absl::span absl::status
    absl::statusor absl::str_format absl::strings absl::synchronization
    absl::time Threads::Threads)
else()
  message(STATUS "gRPC, Protobuf and Abseil: linked in")
  list(JOIN archives "," group)
  invocator_dependency(grpcxx "-Wl,--start-group,${group},--end-group"
    OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Threads::Threads)
  # When they are renewed, so are the programs.
  set_property(TARGET grpcxx PROPERTY INTERFACE_LINK_DEPENDS ${archives})
endif()
invocator_dependency(openssl_crypto OpenSSL::Crypto)
invocator_dependency(openssl_ssl OpenSSL::SSL OpenSSL::Crypto)
invocator_dependency(zlib_dep ZLIB::ZLIB)
invocator_dependency(json nlohmann_json::nlohmann_json)
invocator_dependency(curl PkgConfig::LIBCURL)
if(LIBURING_FOUND)
  invocator_dependency(uring_dep PkgConfig::LIBURING)
else()
  message(STATUS "liburing >= 2.3 is missing: no --io uring")
  add_library(uring_dep INTERFACE)
endif()
invocator_dependency(nghttp2 PkgConfig::NGHTTP2)
invocator_dependency(cli11_dep CLI11::CLI11)
invocator_dependency(spdlog_dep spdlog::spdlog)
invocator_dependency(boost_asio Boost::headers Threads::Threads)
