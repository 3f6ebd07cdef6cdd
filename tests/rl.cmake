foreach(file collector dist encoder gae normalizer policy rollout)
  sw_test(test_${file} sw_rl)
endforeach()
