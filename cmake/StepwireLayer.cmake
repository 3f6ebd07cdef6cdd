# Flags every target of ours gets, and no one who links us does.
add_library(sw_flags INTERFACE)
target_compile_definitions(sw_flags INTERFACE _POSIX_C_SOURCE=200809L SW_PROJECT_VERSION="${PROJECT_VERSION}")
target_compile_options(sw_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wfloat-conversion
    -Wstrict-prototypes -Wmissing-prototypes)
if(SW_SANITIZE)
  target_compile_options(sw_flags INTERFACE
      -fsanitize=${SW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sw_flags INTERFACE -fsanitize=${SW_SANITIZE})
endif()

# sw_layer(NAME SOURCES file... [USES target...] [SHOWS target...])
#
# A layer: a static library whose headers are seen only by targets that name it. USES is what its
# sources may include; SHOWS is what its headers include, so that its users see it too.
function(sw_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;SHOWS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include
                                            ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_SHOWS} PRIVATE ${arg_USES} sw_flags)
endfunction()

# sw_program(NAME SOURCES file... USES target...): a program in the root of the build directory,
# installed.
function(sw_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_USES} sw_flags)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
