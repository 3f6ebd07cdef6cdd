foreach(file collector dist dist_kl encoder estimator minibatch normalizer policy rollout)
  sw_test(test_${file} sw_rl)
endforeach()
