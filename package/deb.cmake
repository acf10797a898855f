# The Debian packages: cpack -G DEB, in a build whose prefix is /usr (make deb).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dynamod)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package's own first line is its summary
set(CPACK_PACKAGE_CONTACT "The dynamod maintainers <maintainers@dynamod.example>")
set(CPACK_COMPONENTS_ALL dynamod libdynamod0 libdynamod-dev)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # /etc is outside of the prefix
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(SCRIPTS ${CMAKE_SOURCE_DIR}/package/deb)
set(CPACK_DEBIAN_DYNAMOD_PACKAGE_NAME dynamod)
set(CPACK_DEBIAN_DYNAMOD_PACKAGE_SECTION net)
set(CPACK_DEBIAN_DYNAMOD_PACKAGE_DEPENDS
  "systemd | systemd-standalone-sysusers, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_DYNAMOD_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_DYNAMOD_PACKAGE_CONTROL_EXTRA
  ${SCRIPTS}/postinst ${SCRIPTS}/prerm ${SCRIPTS}/postrm ${SCRIPTS}/conffiles)
set(CPACK_DEBIAN_DYNAMOD_DESCRIPTION "DynamoDB models over REST
One small daemon between an application and Amazon DynamoDB: it serves models,
tables that a file describes, as REST resources, and does once what every
application otherwise does again: credentials, signatures, connections,
retries, exact numbers and errors. Models can be on an SQLite file instead.")

set(CPACK_DEBIAN_LIBDYNAMOD0_PACKAGE_NAME libdynamod0)
set(CPACK_DEBIAN_LIBDYNAMOD0_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBDYNAMOD0_PACKAGE_CONTROL_EXTRA ${SCRIPTS}/library/triggers)
set(CPACK_DEBIAN_LIBDYNAMOD0_DESCRIPTION "DynamoDB models for C programs, shared library
Reads and writes the items of models over Amazon DynamoDB, or over an SQLite
file that stands in for it, blocking or on an event loop. It is the library
that the daemon dynamod is made of.")

set(CPACK_DEBIAN_LIBDYNAMOD-DEV_PACKAGE_NAME libdynamod-dev)
set(CPACK_DEBIAN_LIBDYNAMOD-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBDYNAMOD-DEV_PACKAGE_DEPENDS "libdynamod0 (= ${PROJECT_VERSION}), \
libconfig-dev, libcurl4-openssl-dev, libjansson-dev, libsqlite3-dev, libssl-dev, zlib1g-dev")
set(CPACK_DEBIAN_LIBDYNAMOD-DEV_DESCRIPTION "DynamoDB models for C programs, headers
Reads and writes the items of models over Amazon DynamoDB, or over an SQLite
file that stands in for it. These are the headers, the static library and the
manual page.")

compressed(${CMAKE_SOURCE_DIR}/package/deb/changelog ${CMAKE_BINARY_DIR}/package/changelog)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  install(FILES ${CMAKE_BINARY_DIR}/package/changelog.gz package/deb/copyright
    DESTINATION share/doc/${component} COMPONENT ${component})
endforeach()
install(FILES package/deb/library/lintian-overrides
  DESTINATION share/lintian/overrides RENAME libdynamod0 COMPONENT libdynamod0)

include(CPack)
