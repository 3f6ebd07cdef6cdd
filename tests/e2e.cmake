# Whole programs, and both sides of the wire together.
if(TARGET stepwire-simserver)
  add_test(NAME test_simserver
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_simserver.sh $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_simserver PROPERTIES LABELS e2e TIMEOUT 1800)
endif()

if(TARGET test_served)
  foreach(file test_curve test_curve_sessions)
    sw_test(${file} sw_client test_served test_keys_kit)
    set_tests_properties(${file} PROPERTIES LABELS e2e)
  endforeach()
endif()

if(TARGET test_local_server AND TARGET sw_run)
  sw_test(test_resume sw_run test_local_server)
  set_tests_properties(test_resume PROPERTIES LABELS e2e)
endif()
if(TARGET test_local AND TARGET test_local_server)
  sw_test(test_remote test_local test_local_server sw_client)
  target_sources(test_remote PRIVATE twin.c)
  set_tests_properties(test_remote PROPERTIES LABELS e2e TIMEOUT 1800)
endif()
if(TARGET test_local AND TARGET stepwire-simserver)
  sw_test(test_remote_state test_local sw_client)
  target_sources(test_remote_state PRIVATE player.c twin.c)
  target_compile_definitions(test_remote_state
                             PRIVATE SIMSERVER="$<TARGET_FILE:stepwire-simserver>")
  add_dependencies(test_remote_state stepwire-simserver)
  set_tests_properties(test_remote_state PROPERTIES LABELS e2e TIMEOUT 1800)
endif()

if(TARGET stepwire-agent AND TARGET stepwire-simserver)
  add_test(NAME test_agent
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_agent.sh
                   $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_agent PROPERTIES LABELS e2e TIMEOUT 1800)
  add_test(NAME test_failover
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_failover.sh
                   $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_failover PROPERTIES LABELS e2e TIMEOUT 1800)
  add_test(NAME test_keys_programs
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_keys.sh
                   $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:stepwire-simserver>)
  set_tests_properties(test_keys_programs PROPERTIES LABELS e2e TIMEOUT 1800)
  function(repeat task algo)
    add_test(NAME test_repeat_${algo}_${task}
             COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_repeat.sh $<TARGET_FILE:stepwire-agent>
                     $<TARGET_FILE:stepwire-simserver> ${task} ${algo} ${ARGN})
    set_tests_properties(test_repeat_${algo}_${task} PROPERTIES LABELS "e2e;runs" TIMEOUT 1800)
  endfunction()
  set(small buffer=2000 start_steps=2000 hidden=16,16 batch=32)
  repeat(CartPole-v1 ppo)
  repeat(Hopper-v5 ppo)
  repeat(CartPole-v1 dqn ${small})
  repeat(Hopper-v5 td3 ${small})
  repeat(Hopper-v5 sac ${small})
endif()

# Runs that stop and go on: of every kind of algorithm, each small.
if(TARGET stepwire-agent AND TARGET stepwire-simserver)
  function(test_resume name)
    add_test(NAME test_resume_${name}
             COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_resume.sh $<TARGET_FILE:stepwire-agent>
                     ${ARGN} --seed 3 --checkpoint-every 300)
    set_tests_properties(test_resume_${name} PROPERTIES LABELS "e2e;runs" TIMEOUT 1800)
  endfunction()
  set(small --set hidden=16 --set batch=16 --set start_steps=200 --steps 2000 --envs 4)
  test_resume(ppo --env CartPole-v1 --algo ppo --steps 6000 --eval-every 1000)
  test_resume(trpo --env Hopper-v5 --algo trpo --set horizon=64 --steps 2000 --envs 4)
  test_resume(dqn --env CartPole-v1 --algo dqn ${small})
  test_resume(td3 --env InvertedPendulum-v5 --algo td3 ${small})
  test_resume(sac --env InvertedPendulum-v5 --algo sac ${small} --eval-every 1000)
  add_test(NAME test_resume_refused
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_resume_refused.sh
                   $<TARGET_FILE:stepwire-agent>)
  set_tests_properties(test_resume_refused PROPERTIES LABELS e2e TIMEOUT 1800)
endif()

# Learning, on worlds whose optimum is known: a line for each algorithm, with what it must solve.
if(TARGET stepwire-agent AND TARGET stepwire-simserver)
  add_executable(exact_eval exact_eval.c exact.c)
  target_link_libraries(exact_eval PRIVATE test_local sw_run sw_presets sw_client sw_flags)
  set_target_properties(exact_eval PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  set(position "GridWorld-v0 env.observation=position")
  set(finite TwoAction-v0 Bandit-v0 GridWorld-v0 "${position}" "${position} features=fourier"
             FrozenLake-v1 "FrozenLake-v1 env.is_slippery=false")
  set(large "(FrozenLake-v1 env.map_name=8x8)")
  function(small_worlds algo)
    add_test(NAME small_worlds_${algo}
             COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_small_worlds.sh
                     $<TARGET_FILE:stepwire-agent> $<TARGET_FILE:exact_eval> 3 ${algo} ${ARGN})
    set_tests_properties(small_worlds_${algo} PROPERTIES LABELS learn TIMEOUT 1200)
  endfunction()
  set(dry "FrozenLake-v1 env.is_slippery=false")
  small_worlds(fitted_q "${dry}" "${dry} hidden=64,64")
  small_worlds(npg ${finite} CliffWalking-v1 LQR-v0 ${large})
  small_worlds(actor_critic ${finite} CliffWalking-v1 LQR-v0 ${large})
  small_worlds(pg ${finite} LQR-v0 ${large})
  small_worlds(reinforce ${finite} LQR-v0 ${large})
endif()
