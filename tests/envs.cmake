# The tasks. test_local runs one environment in this process; others compare with it too.
if(TARGET sw_mujoco)
  add_library(test_local STATIC local_env.c)
  target_link_libraries(test_local PUBLIC sw_mujoco sw_classic PRIVATE sw_flags)
  target_include_directories(test_local PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

  sw_test(test_mujoco_model test_local)
  sw_test(test_mujoco_env test_local)
  sw_test(test_mujoco_file test_local)
  sw_test(test_planar test_local)
  sw_test(test_walk test_local)
  sw_test(test_arm test_local)
  sw_test(test_pendulums test_local)
  sw_test(test_classic test_local)
  sw_test(test_counter test_local)
  sw_test(test_draw sw_classic)
  sw_test(test_mujoco_state test_local)
  foreach(contract test_envs test_env_state test_env_pictures)
    sw_test(${contract} test_local)
    target_sources(${contract} PRIVATE contract.c)
  endforeach()
  set_tests_properties(test_env_state PROPERTIES TIMEOUT 600)
  set_tests_properties(test_env_pictures PROPERTIES LABELS e2e)
  foreach(test golden test_golden_files)
    sw_test(${test} test_local)
    target_sources(${test} PRIVATE golden_files.c)
  endforeach()

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

  # The same with another MuJoCo: CI takes 3.3.5, the nightly set this.
  add_test(NAME mujoco_4.0.0 CONFIGURATIONS nightly
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/with_mujoco.sh 4.0.0 dev)
  set_tests_properties(mujoco_4.0.0 PROPERTIES LABELS nightly TIMEOUT 1800)
endif()
