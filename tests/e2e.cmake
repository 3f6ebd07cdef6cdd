# Whole programs, and both sides of the wire together.
if(TARGET stepwire-simserver)
  add_test(NAME test_simserver
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_simserver.sh $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_simserver PROPERTIES LABELS e2e TIMEOUT 120)
endif()

if(TARGET test_local AND TARGET test_local_server)
  sw_test(test_remote test_local test_local_server sw_client)
  set_tests_properties(test_remote PROPERTIES LABELS e2e)
endif()
