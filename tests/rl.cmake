foreach(file collector critic_input dist dist_kl encoder estimator feature_map history minibatch normalizer
             policy replay rollout squashed squashed_head)
  sw_test(test_${file} sw_rl)
endforeach()
