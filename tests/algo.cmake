foreach(file list ppo tensors)
  sw_test(test_${file} sw_algo)
endforeach()
