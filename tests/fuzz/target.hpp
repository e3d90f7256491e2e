// The one function of a fuzz target: libFuzzer calls it with inputs that it makes up, replay.cpp
// with those of the corpus. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
