# What is installed besides the programs, and the Debian package that CPack
# makes of it all (scripts/package.sh). The package starts no service: which
# coordinator to join, and with what credentials, only the host's owner knows.
include(GNUInstallDirs)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Packages whose code is in the programs; package_wheel.sh reads the list, too.
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
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS openssh-client)
include(CPack)
