# Checks on the text of the sources and of the documents.
add_test(NAME layers
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_layers.sh ${PROJECT_SOURCE_DIR})
add_test(NAME docs
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_docs.sh ${CMAKE_C_COMPILER} ${PROJECT_SOURCE_DIR})
set_tests_properties(layers docs PROPERTIES LABELS unit)

if(TARGET test_server_kit AND TARGET sw_classic)
  sw_test(test_protocol_page test_server_kit sw_classic)
endif()

# Other versions of clang-format lay some lines out differently; Debian 12's is the one that counts.
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(CLANG_FORMAT)
  execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE clang_format_version)
endif()
if(clang_format_version MATCHES "version 14\\.")
  add_test(NAME format
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_format.sh ${CLANG_FORMAT} ${PROJECT_SOURCE_DIR})
  set_tests_properties(format PROPERTIES LABELS unit)
else()
  message(STATUS "no clang-format 14: the test 'format' is left out")
endif()
