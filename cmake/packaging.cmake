# What is installed besides the programs, and the Debian packages that CPack
# makes of it all (scripts/package.sh): invocator, and libinvocator-dev with the
# C++ library. Neither starts a service: which coordinator to join, and with
# what credentials, only the host's owner knows.
include(GNUInstallDirs)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Packages whose code is in the programs. Also read by
# scripts/package_wheel.sh.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  cmake/linked_in_packages.txt)
file(STRINGS cmake/linked_in_packages.txt linked_in_packages)
foreach(package ${linked_in_packages})
  get_filename_component(notice /usr/share/doc/${package}/copyright REALPATH)
  if(EXISTS ${notice})
    install(FILES ${notice} DESTINATION ${CMAKE_INSTALL_DOCDIR}/linked-in
            RENAME ${package}.copyright)
  endif()
endforeach()
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  USE_SOURCE_PERMISSIONS)
install(FILES coordinator/workload/workload.schema.json
              coordinator/report/summary.schema.json
              coordinator/cost/prices.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/invocator)
install(PROGRAMS scripts/fleet_ssh.sh scripts/make_certs.sh
  DESTINATION ${CMAKE_INSTALL_DATADIR}/invocator)
install(FILES examples/systemd/invocator-worker.service
              examples/systemd/invocator-gateway.service
  DESTINATION lib/systemd/system)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME invocator)
set(CPACK_PACKAGE_VENDOR "Invocator")
set(CPACK_PACKAGE_CONTACT "The Invocator developers <invocator@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "open-loop load generator for serverless functions")
set(CPACK_PACKAGE_DESCRIPTION
  "Invokes functions behind API Gateway the way a workload file says, signed,
from one machine or a fleet, and accounts for every planned invocation.
Holds the coordinator, the worker, and a local gateway to try workloads on.")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL programs library)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME invocator)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libinvocator-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "open-loop load generator as a C++ library
 Plays a workload from a C++ program, as the command invocator does.")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS openssh-client)
include(CPack)
