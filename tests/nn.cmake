foreach(file adam cg init kfac mlp rmsprop team vec)
  sw_test(test_${file} sw_nn)
endforeach()
