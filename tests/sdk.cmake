# The shared library and what is installed with it.
add_test(NAME exports COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_exports.sh
         ${CMAKE_NM} $<TARGET_FILE:stepwire> ${PROJECT_SOURCE_DIR}/include)
set_tests_properties(exports PROPERTIES LABELS unit)

set(sanitize)
if(SW_SANITIZE)
  set(sanitize -fsanitize=${SW_SANITIZE})
endif()
add_test(NAME install COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_install.sh
         ${CMAKE_COMMAND} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/examples
         ${CMAKE_C_COMPILER} ${sanitize})
set_tests_properties(install PROPERTIES LABELS e2e TIMEOUT 1800)
