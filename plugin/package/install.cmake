# SPDX-License-Identifier: GPL-2.0-or-later
# Where the plugin, its profile and pmtu-scan go. Every path is relative, so that --prefix and DESTDIR mean what they always do.
#   cmake --install build                                           for everybody, beside Wireshark
#   cmake --install build --component personal --prefix "$HOME"     for one user; on Windows the prefix is %APPDATA%
#   cmake --build build --target uninstall                          takes away what these put there
if(PROJECT_IS_TOP_LEVEL AND CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX "${Wireshark_INSTALL_PREFIX}" CACHE PATH "Where Wireshark is installed" FORCE)
endif()
# Manual pages are kept compressed.
function(pmtu_install_manual page section)
  get_filename_component(name "${page}" NAME)
  set(compressed "${CMAKE_CURRENT_BINARY_DIR}/${name}.gz")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${page}")
  file(ARCHIVE_CREATE OUTPUT "${compressed}" PATHS "${CMAKE_CURRENT_SOURCE_DIR}/${page}" FORMAT raw COMPRESSION GZip
       COMPRESSION_LEVEL 9)
  install(FILES "${compressed}" DESTINATION "share/man/man${section}" COMPONENT plugin)
  install(FILES "${compressed}" DESTINATION ".local/share/man/man${section}" COMPONENT personal EXCLUDE_FROM_ALL)
endfunction()

if(WIN32)
  set(pmtu_profiles profiles)
  set(pmtu_personal_plugins Wireshark/plugins)
  set(pmtu_personal_profiles Wireshark/profiles)
else()
  set(pmtu_profiles share/wireshark/profiles)
  set(pmtu_personal_plugins .local/lib/wireshark/plugins)
  set(pmtu_personal_profiles .config/wireshark/profiles)
endif()

install(TARGETS pmtu_plugin LIBRARY DESTINATION "${Wireshark_PLUGIN_LIBDIR}/epan" COMPONENT plugin)
install(DIRECTORY "profile/Path MTU" DESTINATION "${pmtu_profiles}" COMPONENT plugin)
install(TARGETS pmtu_plugin LIBRARY DESTINATION "${pmtu_personal_plugins}/${pmtu_series_folder}/epan"
        COMPONENT personal EXCLUDE_FROM_ALL)
install(DIRECTORY "profile/Path MTU" DESTINATION "${pmtu_personal_profiles}" COMPONENT personal EXCLUDE_FROM_ALL)
if(NOT WIN32)
  pmtu_install_manual(wireshark-pmtu.4 4)
endif()
if(TARGET pmtu_scan)
  pmtu_install_manual(scan/pmtu-scan.1 1)
  install(TARGETS pmtu_scan RUNTIME DESTINATION bin COMPONENT plugin)
  install(FILES scan/pmtu-scan.bash DESTINATION share/bash-completion/completions RENAME pmtu-scan COMPONENT plugin)
  install(TARGETS pmtu_scan RUNTIME DESTINATION .local/bin COMPONENT personal EXCLUDE_FROM_ALL)
  install(FILES scan/pmtu-scan.bash DESTINATION .local/share/bash-completion/completions RENAME pmtu-scan
          COMPONENT personal EXCLUDE_FROM_ALL)
endif()

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(
    uninstall
    COMMAND ${CMAKE_COMMAND} "-DBUILD_FOLDER=${PROJECT_BINARY_DIR}" -P "${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake"
    COMMENT "Removing what was installed"
    VERBATIM)
endif()
