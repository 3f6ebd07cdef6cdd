# Writes a C file that holds model files: cmake -DOUTPUT=models.c "-DMODELS=a.xml;b.xml" -P this.
# Model a.xml becomes `const mujoco_xml mujoco_xml_a`, as mujoco_model.h declares it. A line
# `<include file="b.xml"/>` becomes what b.xml, beside it, has in its root element: a model in the
# program has no directory in which MuJoCo could look for it.
set(code "// Made from models/*.xml by cmake/EmbedModels.cmake.\n#include \"mujoco_model.h\"\n")
foreach(model IN LISTS MODELS)
  get_filename_component(name ${model} NAME_WE)
  get_filename_component(directory ${model} DIRECTORY)
  file(READ ${model} text)
  while(text MATCHES "<include file=\"([^\"]+)\"/>")
    set(include "${CMAKE_MATCH_0}")
    file(READ ${directory}/${CMAKE_MATCH_1} shared)
    string(REGEX REPLACE ".*<mujocoinclude>|</mujocoinclude>.*" "" shared "${shared}")
    string(REPLACE "${include}" "${shared}" text "${text}")
  endwhile()
  string(HEX "${text}" bytes)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND code
      "\nstatic const unsigned char ${name}_text[] = {${bytes}};\n"
      "const mujoco_xml mujoco_xml_${name} = {.name = \"${name}.xml\", .text = ${name}_text, "
      ".size = sizeof(${name}_text)};\n")
endforeach()
file(WRITE ${OUTPUT} "${code}")
