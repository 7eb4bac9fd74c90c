# SPDX-License-Identifier: GPL-2.0-or-later
# Read by cpack before it makes a package: the parts that this kind of package holds.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_COMPONENTS_ALL plugin debian)
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
else()
  # Relative to the user's home.
  set(CPACK_COMPONENTS_ALL personal)
  set(CPACK_PACKAGING_INSTALL_PREFIX "")
  set(CPACK_INCLUDE_TOPLEVEL_DIRECTORY FALSE)
  set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY FALSE)
endif()
