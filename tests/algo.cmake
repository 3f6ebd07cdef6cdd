foreach(file a2c acktr actor_critic algos anchor critic_fit descent list natural npg ppo
             ppo_objective tensors trpo)
  sw_test(test_${file} sw_algo)
endforeach()
