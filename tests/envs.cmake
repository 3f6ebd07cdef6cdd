# The tasks. test_local runs one environment in this process; golden and e2e tests use it too.
if(TARGET sw_mujoco)
  add_library(test_local STATIC local_env.c)
  target_link_libraries(test_local PUBLIC sw_mujoco sw_classic PRIVATE sw_flags)
  target_include_directories(test_local PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

  sw_test(golden test_local)
endif()
