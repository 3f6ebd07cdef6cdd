sw_test(test_codec sw_proto)
sw_test(test_codec_setting sw_proto)
sw_test(test_codec_spec sw_proto)
sw_test(test_endpoint sw_proto)
sw_test(test_socket sw_proto)
sw_test(test_socket_bind sw_proto)
sw_test(test_socket_context sw_proto)

# test_keys_kit: directories of keys to spoil.
add_library(test_keys_kit STATIC key_dirs.c)
target_link_libraries(test_keys_kit PUBLIC sw_proto PRIVATE PkgConfig::CMOCKA sw_flags)
target_include_directories(test_keys_kit PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
sw_test(test_keys test_keys_kit)
sw_test(test_greeting test_keys_kit)
