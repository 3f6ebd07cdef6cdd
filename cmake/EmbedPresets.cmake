# Writes a C file that holds preset files: cmake -DOUTPUT=preset_files.c -DLIST=files.txt -P this.
# files.txt: their paths, .../ALGO/TASK.yaml, with semicolons between them, in order.
file(READ ${LIST} files)
set(texts "")
set(table "")
set(count 0)
foreach(file IN LISTS files)
  get_filename_component(env ${file} NAME)
  string(REGEX REPLACE "\\.yaml$" "" env "${env}")
  get_filename_component(directory ${file} DIRECTORY)
  get_filename_component(algo ${directory} NAME)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND texts "static const unsigned char text_${count}[] = {${bytes}};\n")
  string(APPEND table
      "    {\"${algo}\", \"${env}\", \"${algo}/${env}.yaml\", (const char *) text_${count}, "
      "sizeof(text_${count})},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT}
    "// Made from agent/presets/*/*.yaml by cmake/EmbedPresets.cmake.\n#include \"presets.h\"\n\n"
    "${texts}\n"
    "static const preset_file files[] = {\n${table}};\n\n"
    "const preset_file *preset_files(int *count)\n{\n    *count = ${count};\n    return files;\n}\n")
