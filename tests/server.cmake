# The server. test_server_kit: requests, an environment without surprises, a core driven by hand.
if(TARGET sw_server)
  add_library(test_server_kit STATIC fake_env.c requests.c core_drive.c core_rows.c)
  target_link_libraries(test_server_kit PUBLIC sw_server sw_proto PRIVATE sw_flags)
  target_include_directories(test_server_kit PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

  sw_test(test_server_core test_server_kit)
  sw_test(test_server_step test_server_kit)
  sw_test(test_server_modes test_server_kit)
  sw_test(test_server_state test_server_kit)
  sw_test(test_server_resume test_server_kit)
  sw_test(test_server_render test_server_kit)
  sw_test(test_server_keys test_server_kit)
  sw_test(test_server_end test_server_kit)
  sw_test(test_workers test_server_kit)
  sw_test(test_deputy test_server_kit)

  # test_served: a server in a thread, a client's socket.
  add_library(test_served STATIC served.c house.c stuck_env.c)
  target_link_libraries(test_served PUBLIC test_server_kit PRIVATE PkgConfig::CMOCKA Threads::Threads sw_flags)
  foreach(file test_server test_server_timeout test_server_drain test_server_slow)
    sw_test(${file} test_served)
  endforeach()
endif()
