# Configuration, checkpoints, reports; the driver and evaluation, on a pool without servers and with
# an algorithm that learns nothing.
if(TARGET sw_run)
  add_library(fake_learning STATIC fake_learning.c)
  target_link_libraries(fake_learning PUBLIC sw_run sw_client PRIVATE sw_flags)

  sw_test(test_file sw_store)
  sw_test(test_config sw_store sw_presets)
  sw_test(test_safetensors sw_store)
  sw_test(test_checkpoint fake_learning)
  sw_test(test_csv sw_report)
  sw_test(test_report sw_report)
  sw_test(test_episode sw_run)
  sw_test(test_train fake_learning)
  sw_test(test_faulty fake_learning)
  sw_test(test_eval fake_learning)
  sw_test(test_record fake_learning)
  sw_test(test_torch sw_algo sw_store)
endif()
