# The tasks. test_local runs one environment in this process; others compare with it too.
if(TARGET sw_mujoco)
  add_library(test_local STATIC local_env.c)
  target_link_libraries(test_local PUBLIC sw_mujoco sw_classic PRIVATE sw_flags)
  target_include_directories(test_local PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

  sw_test(test_mujoco_model test_local)
  sw_test(test_mujoco_env test_local)
  sw_test(test_cartpole test_local)
  sw_test(test_counter test_local)
  sw_test(test_envs test_local)
  sw_test(golden test_local)
endif()
