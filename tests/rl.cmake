foreach(file collector dist dist_kl encoder estimator minibatch normalizer policy rollout
             squashed)
  sw_test(test_${file} sw_rl)
endforeach()
