foreach(file activation adam cg init kfac mlp mlp_shape rmsprop team vec)
  sw_test(test_${file} sw_nn)
endforeach()
