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

  # Pictures, once for each platform; servers look for them at run time. With ThreadSanitizer OSMesa
  # would take minutes, and has no thread of ours that EGL does not have.
  find_library(OSMESA_LIBRARY NAMES libOSMesa.so.8)
  set(suppressions ${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp)
  foreach(test test_gl_context test_mujoco_render)
    sw_test(${test} test_local)
    set_tests_properties(${test} PROPERTIES LABELS e2e TIMEOUT 600 ENVIRONMENT MUJOCO_GL=egl)
    if(OSMESA_LIBRARY AND NOT SW_SANITIZE MATCHES "thread")
      add_test(NAME ${test}_osmesa COMMAND ${test})
      set_tests_properties(${test}_osmesa PROPERTIES LABELS e2e TIMEOUT 600 ENVIRONMENT
          "MUJOCO_GL=osmesa;LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0")
    else()
      message(STATUS "the test '${test}_osmesa' is left out")
    endif()
  endforeach()
endif()
