foreach(file actor_critic algos critic_fit list natural npg ppo tensors trpo)
  sw_test(test_${file} sw_algo)
endforeach()
