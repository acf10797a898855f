# The manual pages; the one of the configuration is made from the tables that read it.
add_executable(settings_page man/settings_page.c)
target_link_libraries(settings_page PRIVATE daemon_objects)

# What is installed compressed, as Debian wants it.
function(compressed source target)
  cmake_path(GET target PARENT_PATH folder)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${target}.gz
    COMMAND ${CMAKE_COMMAND} -E copy ${source} ${target} COMMAND gzip -9nkf ${target}
    DEPENDS ${source} VERBATIM)
  cmake_path(GET target FILENAME name)
  add_custom_target(compressed_${name} ALL DEPENDS ${target}.gz)
endfunction()

set(SETTINGS ${CMAKE_BINARY_DIR}/dynamod.conf.5)
add_custom_command(OUTPUT ${SETTINGS}
  COMMAND settings_page ${CMAKE_SOURCE_DIR}/man/dynamod.conf.5.in ${SETTINGS}
  DEPENDS settings_page man/dynamod.conf.5.in VERBATIM)
compressed(${SETTINGS} ${CMAKE_BINARY_DIR}/man/dynamod.conf.5)
compressed(${CMAKE_SOURCE_DIR}/man/dynamod.8 ${CMAKE_BINARY_DIR}/man/dynamod.8)
compressed(${CMAKE_SOURCE_DIR}/man/libdynamod.3 ${CMAKE_BINARY_DIR}/man/libdynamod.3)
