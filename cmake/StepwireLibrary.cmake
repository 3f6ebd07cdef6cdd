# libstepwire: the client and server SDK as one shared library, and what finds it when installed.
#
# Made of the same objects as the programs. Only functions marked SW_API are seen from outside; its
# users need neither ZeroMQ's nor protobuf-c's headers.
add_library(stepwire SHARED
    $<TARGET_OBJECTS:sw_base> $<TARGET_OBJECTS:sw_proto>
    $<TARGET_OBJECTS:sw_client> $<TARGET_OBJECTS:sw_server>)
target_link_libraries(stepwire PRIVATE
    PkgConfig::ZMQ PkgConfig::PROTOBUF_C Threads::Threads m sw_flags)
target_include_directories(stepwire PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Before 1.0 every minor version may break its users, and has a name of its own.
set_target_properties(stepwire PROPERTIES
    LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

include(CMakePackageConfigHelpers)
set(SW_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/stepwire)
install(TARGETS stepwire EXPORT stepwire LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/stepwire
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT stepwire FILE stepwire-config.cmake NAMESPACE stepwire::
        DESTINATION ${SW_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/stepwire-config-version.cmake
    COMPATIBILITY SameMinorVersion)
# from the pkg-config file back to the prefix, so that an installation can be moved
file(RELATIVE_PATH SW_PREFIX_FROM_PC /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/stepwire.pc.in ${PROJECT_BINARY_DIR}/stepwire.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/stepwire-config-version.cmake DESTINATION ${SW_PACKAGE_DIR})
install(FILES ${PROJECT_BINARY_DIR}/stepwire.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
