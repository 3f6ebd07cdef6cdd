# The tasks. test_local runs one environment in this process; others compare with it too.
if(TARGET sw_mujoco)
  add_library(test_local STATIC local_env.c)
  target_link_libraries(test_local PUBLIC sw_mujoco sw_classic PRIVATE sw_flags)
  target_include_directories(test_local PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

  sw_test(test_mujoco_model test_local)
  sw_test(test_mujoco_env test_local)
  sw_test(test_cartpole test_local)
  sw_test(test_counter test_local)
  sw_test(test_draw sw_classic)
  sw_test(test_mujoco_state test_local)
  foreach(contract test_envs test_env_state test_env_pictures)
    sw_test(${contract} test_local)
    target_sources(${contract} PRIVATE contract.c)
  endforeach()
  sw_test(golden test_local)

  # Pictures, once for each platform that is installed; servers look for them at run time.
  sw_test(test_mujoco_render test_local)
  set_tests_properties(test_mujoco_render PROPERTIES LABELS e2e TIMEOUT 600
      ENVIRONMENT MUJOCO_GL=egl)
  find_library(OSMESA_LIBRARY NAMES libOSMesa.so.8)
  if(OSMESA_LIBRARY)
    add_test(NAME test_mujoco_render_osmesa COMMAND test_mujoco_render)
    set(suppressions ${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp)
    set_tests_properties(test_mujoco_render_osmesa PROPERTIES LABELS e2e TIMEOUT 600
        ENVIRONMENT "MUJOCO_GL=osmesa;LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0")
  else()
    message(STATUS "no libOSMesa.so.8: the test 'test_mujoco_render_osmesa' is left out")
  endif()
endif()
