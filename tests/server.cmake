# The server. test_server_kit: requests, an environment without surprises, a core driven by hand.
if(TARGET sw_server)
  add_library(test_server_kit STATIC fake_env.c requests.c core_drive.c)
  target_link_libraries(test_server_kit PUBLIC sw_server sw_proto PRIVATE sw_flags)
  target_include_directories(test_server_kit PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

  sw_test(test_server_core test_server_kit)
  sw_test(test_server_step test_server_kit)
  sw_test(test_workers test_server_kit)
  sw_test(test_deputy test_server_kit)
  sw_test(test_server test_server_kit)
endif()
