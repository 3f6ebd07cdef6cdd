foreach(file adam cg init mlp team vec)
  sw_test(test_${file} sw_nn)
endforeach()
