# Whole programs, and both sides of the wire together.
if(TARGET stepwire-simserver)
  add_test(NAME test_simserver
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_simserver.sh $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_simserver PROPERTIES LABELS e2e TIMEOUT 120)
endif()

if(TARGET test_served)
  foreach(file test_curve test_curve_sessions)
    sw_test(${file} sw_client test_served test_keys_kit)
    set_tests_properties(${file} PROPERTIES LABELS e2e)
  endforeach()
endif()

if(TARGET test_local AND TARGET test_local_server)
  sw_test(test_remote test_local test_local_server sw_client)
  target_sources(test_remote PRIVATE twin.c)
  set_tests_properties(test_remote PROPERTIES LABELS e2e TIMEOUT 300)
endif()
if(TARGET test_local AND TARGET stepwire-simserver)
  sw_test(test_remote_state test_local sw_client)
  target_sources(test_remote_state PRIVATE player.c twin.c)
  target_compile_definitions(test_remote_state
                             PRIVATE SIMSERVER="$<TARGET_FILE:stepwire-simserver>")
  add_dependencies(test_remote_state stepwire-simserver)
  set_tests_properties(test_remote_state PROPERTIES LABELS e2e TIMEOUT 300)
endif()

if(TARGET stepwire-agent AND TARGET stepwire-simserver)
  add_test(NAME test_agent
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_agent.sh
                   $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_agent PROPERTIES LABELS e2e TIMEOUT 300)
  add_test(NAME test_failover
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_failover.sh
                   $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_failover PROPERTIES LABELS e2e TIMEOUT 300)
  add_test(NAME test_keys_programs
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_keys.sh
                   $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_keys_programs PROPERTIES LABELS e2e TIMEOUT 300)
  foreach(task CartPole-v1 Hopper-v5)
    add_test(NAME test_repeat_${task}
             COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_repeat.sh
                     $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver> ${task})
    set_tests_properties(test_repeat_${task} PROPERTIES LABELS e2e TIMEOUT 300)
  endforeach()
endif()
