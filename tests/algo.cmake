foreach(file a2c acktr action_values actor_critic algo_state algos anchor awr batch_actor_critic
             critic_fit critics ddpg descent dqn finite fitted_q gradient list natural npg off_policy pg
             ppo ppo_objective ppo_run reinforce sac td3 tensors trpo)
  sw_test(test_${file} sw_algo)
endforeach()
