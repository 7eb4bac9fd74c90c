# SPDX-License-Identifier: GPL-2.0-or-later
# Packages: `cpack --config build/CPackConfig.cmake` writes, for the Wireshark series this was built with,
#   wireshark-pmtu_VERSION_ARCHITECTURE.deb            for everybody on a machine
#   pmtu-VERSION-wireshark-SERIES-SYSTEM.tar.gz        for one user, who unpacks it at home: tar -xzf … -C ~
# Which of them holds what is decided in components.cmake, once for each kind of package.
set(PMTU_PACKAGE_CONTACT "pmtu <pmtu@packages.invalid>" CACHE STRING "Who made the packages: name and mail address")

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_CURRENT_LIST_DIR}/components.cmake")
set(CPACK_DEB_COMPONENT_INSTALL TRUE)
set(CPACK_ARCHIVE_COMPONENT_INSTALL TRUE)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_VERBATIM_VARIABLES TRUE)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_PACKAGE_CONTACT "${PMTU_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_NAME pmtu)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "path-MTU analyser for Wireshark")
set(CPACK_PACKAGE_FILE_NAME
    "pmtu-${PROJECT_VERSION}-wireshark-${PMTU_WIRESHARK_SERIES}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")

# A plugin belongs to one series: the next one refuses to load it, so the package must not outlive an upgrade.
math(EXPR next_minor "${Wireshark_MINOR_VERSION} + 1")
set(next_series "${Wireshark_MAJOR_VERSION}.${next_minor}")
set(CPACK_DEBIAN_PACKAGE_NAME wireshark-pmtu)
set(CPACK_DEBIAN_PACKAGE_VERSION "${PROJECT_VERSION}+ws${PMTU_WIRESHARK_SERIES}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "wireshark-common (>= ${PMTU_WIRESHARK_SERIES}), wireshark-common (<< ${next_series}~)")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Finds path-MTU trouble in captures and proves it: hosts that go on sending
oversize packets after they were told the MTU of the next hop, paths that
swallow large datagrams without a word, hints that could not be understood.

Works in Wireshark and tshark; a profile with colours and columns is included,
and pmtu-scan, which reads thousands of captures without dissecting them.")

# What Debian wants to find beside the files of a package.
set(debian_documents "share/doc/${CPACK_DEBIAN_PACKAGE_NAME}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/CHANGELOG.md")
file(ARCHIVE_CREATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/changelog.gz" PATHS "${PROJECT_SOURCE_DIR}/CHANGELOG.md" FORMAT raw
     COMPRESSION GZip COMPRESSION_LEVEL 9)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/changelog.gz" DESTINATION "${debian_documents}" COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/copyright" DESTINATION "${debian_documents}" COMPONENT debian EXCLUDE_FROM_ALL)

include(CPack)
