foreach(file collector dist encoder gae minibatch normalizer policy rollout)
  sw_test(test_${file} sw_rl)
endforeach()
