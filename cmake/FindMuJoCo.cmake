# FindMuJoCo -- defines MuJoCo::MuJoCo, for libmujoco 2.2.2 and later.
#
# Not find_package(mujoco CONFIG): the config file in Debian 12's libmujoco-dev names an include
# directory that no package provides, and CMake refuses to generate with it.
#
# Looks in MUJOCO_ROOT (a CMake or environment variable) and nowhere else if that is set, otherwise
# in the system. MUJOCO_ROOT is an unpacked release (include/, lib/), or what `cmake/mujoco_wheel`
# makes of PyPI's wheel (mujoco/include/, mujoco/libmujoco.so.X.Y.Z), with or without the /mujoco.
if(NOT MUJOCO_ROOT)
  set(MUJOCO_ROOT "$ENV{MUJOCO_ROOT}")
endif()
set(MuJoCo_HINTS)
set(MuJoCo_WHERE)
if(MUJOCO_ROOT)
  get_filename_component(MuJoCo_ROOT "${MUJOCO_ROOT}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
  set(MuJoCo_HINTS "${MuJoCo_ROOT}" "${MuJoCo_ROOT}/mujoco")
  set(MuJoCo_WHERE NO_DEFAULT_PATH)
  # Found elsewhere by an earlier configuration: look again.
  if(NOT MuJoCo_ROOT STREQUAL MuJoCo_FOUND_IN)
    unset(MuJoCo_INCLUDE_DIR CACHE)
    unset(MuJoCo_LIBRARY CACHE)
    set(MuJoCo_FOUND_IN "${MuJoCo_ROOT}" CACHE INTERNAL "MUJOCO_ROOT of the last configuration")
  endif()
endif()

find_path(MuJoCo_INCLUDE_DIR mujoco/mujoco.h
          HINTS ${MuJoCo_HINTS} PATH_SUFFIXES include ${MuJoCo_WHERE})

# A wheel has the library under its full version only, which find_library does not look for.
foreach(root IN LISTS MuJoCo_HINTS)
  file(GLOB MuJoCo_IN_WHEEL ${root}/libmujoco.so.*)
  if(MuJoCo_IN_WHEEL)
    list(GET MuJoCo_IN_WHEEL 0 MuJoCo_FIRST)
    set(MuJoCo_LIBRARY ${MuJoCo_FIRST} CACHE FILEPATH "The MuJoCo library")
  endif()
endforeach()
find_library(MuJoCo_LIBRARY mujoco HINTS ${MuJoCo_HINTS} PATH_SUFFIXES lib ${MuJoCo_WHERE})

# The version is 222 for 2.2.2, 340 for 3.4.0, and 3005000 for 3.5.0 and on in this way.
if(MuJoCo_INCLUDE_DIR)
  file(STRINGS ${MuJoCo_INCLUDE_DIR}/mujoco/mujoco.h MuJoCo_LINE REGEX "#define mjVERSION_HEADER")
  string(REGEX MATCH "[0-9]+" MuJoCo_NUMBER "${MuJoCo_LINE}")
  if(MuJoCo_NUMBER GREATER 1000000)
    math(EXPR MuJoCo_MAJOR "${MuJoCo_NUMBER} / 1000000")
    math(EXPR MuJoCo_MINOR "${MuJoCo_NUMBER} / 1000 % 1000")
    math(EXPR MuJoCo_PATCH "${MuJoCo_NUMBER} % 1000")
    set(MuJoCo_VERSION ${MuJoCo_MAJOR}.${MuJoCo_MINOR}.${MuJoCo_PATCH})
  else()
    string(REGEX REPLACE "(.)(.)(.)" "\\1.\\2.\\3" MuJoCo_VERSION "${MuJoCo_NUMBER}")
  endif()
endif()

include(FindPackageHandleStandardArgs)
if(MUJOCO_ROOT)
  set(MuJoCo_WHY REASON_FAILURE_MESSAGE
      "MUJOCO_ROOT is ${MuJoCo_ROOT}: that has no include/mujoco/mujoco.h with its libmujoco.so")
endif()
find_package_handle_standard_args(MuJoCo REQUIRED_VARS MuJoCo_LIBRARY MuJoCo_INCLUDE_DIR
                                  VERSION_VAR MuJoCo_VERSION ${MuJoCo_WHY})
mark_as_advanced(MuJoCo_INCLUDE_DIR MuJoCo_LIBRARY)

if(MuJoCo_FOUND AND NOT TARGET MuJoCo::MuJoCo)
  add_library(MuJoCo::MuJoCo UNKNOWN IMPORTED)
  set_target_properties(MuJoCo::MuJoCo PROPERTIES
      IMPORTED_LOCATION ${MuJoCo_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${MuJoCo_INCLUDE_DIR})
endif()
