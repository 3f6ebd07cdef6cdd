sw_test(test_ppo sw_algo)
