# The client. test_peer is a small scripted server.
add_library(test_peer STATIC peer.c)
target_link_libraries(test_peer PUBLIC sw_proto PRIVATE Threads::Threads sw_flags)
target_include_directories(test_peer PUBLIC ${PROJECT_SOURCE_DIR}/include
                                            ${CMAKE_CURRENT_SOURCE_DIR})

sw_test(test_client test_peer sw_client)
