foreach(file collector dist dist_kl encoder gae minibatch normalizer policy rollout)
  sw_test(test_${file} sw_rl)
endforeach()
