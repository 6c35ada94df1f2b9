# HiGHS has two hundred sources that include mostly the same headers. Building 24 at a time takes
# less than half the time.
if(CMAKE_HOST_UNIX)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 24)
endif()
