# Writes a C file that holds model files: cmake -DOUTPUT=models.c "-DMODELS=a.xml;b.xml" -P this.
# Model a.xml becomes `const mujoco_xml mujoco_xml_a`, as mujoco_model.h declares it.
set(code "// Made from models/*.xml by cmake/EmbedModels.cmake.\n#include \"mujoco_model.h\"\n")
foreach(model IN LISTS MODELS)
  get_filename_component(name ${model} NAME_WE)
  file(READ ${model} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND code
      "\nstatic const unsigned char ${name}_text[] = {${bytes}};\n"
      "const mujoco_xml mujoco_xml_${name} = {.name = \"${name}.xml\", .text = ${name}_text, "
      ".size = sizeof(${name}_text)};\n")
endforeach()
file(WRITE ${OUTPUT} "${code}")
