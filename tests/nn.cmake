foreach(file adam init mlp vec)
  sw_test(test_${file} sw_nn)
endforeach()
