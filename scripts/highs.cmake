# HiGHS has two hundred sources that include much the same headers: two dozen at a time build in less than half the time.
if(CMAKE_HOST_UNIX)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 24)
endif()
