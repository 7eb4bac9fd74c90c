# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the core into an empty prefix, builds the consumer against that prefix alone, and runs it.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE "${WORK_FOLDER}")
# The list of what a user of this build folder has installed is not this test's to change.
set(manifest "${BUILD_FOLDER}/install_manifest_core.txt")
if(EXISTS "${manifest}")
  file(COPY_FILE "${manifest}" "${manifest}.kept")
endif()
run(${CMAKE_COMMAND} --install "${BUILD_FOLDER}" --component core --prefix "${WORK_FOLDER}/prefix")
file(REMOVE "${manifest}")
if(EXISTS "${manifest}.kept")
  file(RENAME "${manifest}.kept" "${manifest}")
endif()

run(${CMAKE_COMMAND} -S "${CONSUMER_FOLDER}" -B "${WORK_FOLDER}/build" "-DCMAKE_PREFIX_PATH=${WORK_FOLDER}/prefix"
    "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}" "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" "-DVERSION=${VERSION}")
run(${CMAKE_COMMAND} --build "${WORK_FOLDER}/build")
run("${WORK_FOLDER}/build/consumer")
