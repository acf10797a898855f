# What is installed where; a component is a Debian package.

# A file that runs as it is: /etc, and not /usr/etc.
set(CONFIGURATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/dynamod)
set(ZSH_COMPLETIONS share/zsh/site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(ZSH_COMPLETIONS share/zsh/vendor-completions)
endif()

install(TARGETS dynamod
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libdynamod0
  NAMELINK_COMPONENT libdynamod-dev)
install(TARGETS dynamod_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libdynamod-dev)
install(FILES lib/include/dynamod.h lib/include/dynamod_write.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT libdynamod-dev)
install(FILES ${CMAKE_BINARY_DIR}/libdynamod.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT libdynamod-dev)
install(FILES ${CMAKE_BINARY_DIR}/man/libdynamod.3.gz
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT libdynamod-dev)

install(TARGETS dynamod_daemon RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT dynamod)
install(FILES etc/dynamod.conf DESTINATION ${CONFIGURATION} COMPONENT dynamod)
install(DIRECTORY DESTINATION ${CONFIGURATION}/apps.d COMPONENT dynamod)
install(FILES etc/logrotate/dynamod
  DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/logrotate.d COMPONENT dynamod)
install(FILES ${CMAKE_BINARY_DIR}/dynamod.service systemd/dynamod.socket systemd/dynamod-admin.socket
  DESTINATION lib/systemd/system COMPONENT dynamod)
install(FILES systemd/dynamod.sysusers.conf
  DESTINATION lib/sysusers.d RENAME dynamod.conf COMPONENT dynamod)
install(FILES systemd/dynamod.tmpfiles.conf
  DESTINATION lib/tmpfiles.d RENAME dynamod.conf COMPONENT dynamod)
install(FILES etc/dynamod.conf.example etc/app.conf.example
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT dynamod)
install(FILES ${CMAKE_BINARY_DIR}/man/dynamod.8.gz
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 COMPONENT dynamod)
install(FILES ${CMAKE_BINARY_DIR}/man/dynamod.conf.5.gz
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT dynamod)
install(FILES etc/completion/dynamod.bash
  DESTINATION share/bash-completion/completions RENAME dynamod COMPONENT dynamod)
install(FILES etc/completion/_dynamod DESTINATION ${ZSH_COMPLETIONS} COMPONENT dynamod)
