# FindMuJoCo -- defines MuJoCo::MuJoCo, for libmujoco 2.2.2 and later.
#
# Not find_package(mujoco CONFIG): the config file in Debian 12's libmujoco-dev names an include
# directory that no package provides, and CMake refuses to generate with it.
#
# Looks, in this order, in MUJOCO_ROOT (a CMake or environment variable), which may be an unpacked
# release (include/, lib/) or the directory of the `mujoco` Python wheel (include/mujoco,
# libmujoco.so.X.Y.Z: pip install --target DIR mujoco, MUJOCO_ROOT=DIR/mujoco), and in the system.
set(MuJoCo_ROOTS ${MUJOCO_ROOT} $ENV{MUJOCO_ROOT})
find_path(MuJoCo_INCLUDE_DIR mujoco/mujoco.h HINTS ${MuJoCo_ROOTS} PATH_SUFFIXES include)

# A wheel has the library under its full version only, which find_library does not look for.
foreach(root IN LISTS MuJoCo_ROOTS)
  file(GLOB MuJoCo_IN_WHEEL ${root}/libmujoco.so.* ${root}/lib/libmujoco.so.*)
  if(MuJoCo_IN_WHEEL AND NOT MuJoCo_LIBRARY)
    list(GET MuJoCo_IN_WHEEL 0 MuJoCo_FIRST)
    set(MuJoCo_LIBRARY ${MuJoCo_FIRST} CACHE FILEPATH "The MuJoCo library")
  endif()
endforeach()
find_library(MuJoCo_LIBRARY mujoco HINTS ${MuJoCo_ROOTS} PATH_SUFFIXES lib)

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
find_package_handle_standard_args(MuJoCo REQUIRED_VARS MuJoCo_LIBRARY MuJoCo_INCLUDE_DIR
                                  VERSION_VAR MuJoCo_VERSION)
mark_as_advanced(MuJoCo_INCLUDE_DIR MuJoCo_LIBRARY)

if(MuJoCo_FOUND AND NOT TARGET MuJoCo::MuJoCo)
  add_library(MuJoCo::MuJoCo UNKNOWN IMPORTED)
  set_target_properties(MuJoCo::MuJoCo PROPERTIES
      IMPORTED_LOCATION ${MuJoCo_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${MuJoCo_INCLUDE_DIR})
endif()
