# The client. test_peer is a small scripted server, for what a good one never does; test_local_server
# is a real one.
add_library(test_peer STATIC adder.c adder_task.c peer.c)
target_link_libraries(test_peer PUBLIC sw_client sw_proto PRIVATE PkgConfig::CMOCKA Threads::Threads sw_flags)
target_include_directories(test_peer PUBLIC ${PROJECT_SOURCE_DIR}/include
                                            ${CMAKE_CURRENT_SOURCE_DIR})
sw_test(test_assign sw_client sw_proto)
sw_test(test_batch sw_client sw_proto)
sw_test(test_batch_modes sw_client sw_proto)
sw_test(test_patience sw_client sw_proto)
sw_test(test_channel test_peer)
sw_test(test_client test_peer)
sw_test(test_keeper test_peer)
sw_test(test_client_open test_peer)
sw_test(test_client_state test_peer)

if(TARGET sw_server AND TARGET sw_classic AND TARGET sw_mujoco)
  add_library(test_local_server STATIC local_server.c pool_play.c)
  target_link_libraries(test_local_server PUBLIC sw_client sw_classic sw_mujoco
                                          PRIVATE sw_server Threads::Threads sw_flags)
  target_include_directories(test_local_server PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  sw_test(test_client_lease sw_client test_local_server)
  foreach(file pool pool_home pool_loss pool_servers)
    sw_test(test_${file} test_peer test_local_server)
    set_tests_properties(test_${file} PROPERTIES LABELS e2e)
  endforeach()

  sw_test(test_proxy sw_client test_local_server)
  target_sources(test_proxy PRIVATE proxy.c)
  target_link_libraries(test_proxy PRIVATE sw_proto)
  set_tests_properties(test_client_lease test_proxy PROPERTIES LABELS e2e)
endif()

if(TARGET stepwire-simserver)
  sw_test(test_embedded sw_client sw_classic)
  target_compile_definitions(test_embedded PRIVATE SIMSERVER="$<TARGET_FILE:stepwire-simserver>")
  add_dependencies(test_embedded stepwire-simserver)
  set_tests_properties(test_embedded PROPERTIES LABELS e2e)
endif()
