sw_test(test_codec sw_proto)
sw_test(test_codec_spec sw_proto)
sw_test(test_endpoint sw_proto)
sw_test(test_socket sw_proto)
