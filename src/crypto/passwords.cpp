// Password hashes: argon2id, by libsodium.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/passwords.hpp"

#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include <sodium.h>

#include "crypto/sodium.hpp"

namespace muster::crypto {

std::string hash_password(const base::Secret<std::string>& password, const PasswordCost& cost) {
    start_sodium();
    // The bounds are functions of libsodium's: as comparisons with its macros they warn.
    if (cost.passes < crypto_pwhash_argon2id_opslimit_min() ||
        cost.memory_bytes < crypto_pwhash_argon2id_memlimit_min() ||
        cost.memory_bytes > crypto_pwhash_argon2id_memlimit_max()) {
        throw std::invalid_argument("password cost: at least 8 KiB and 1 pass");
    }
    std::array<char, crypto_pwhash_argon2id_STRBYTES> hash{};
    const std::string& text = password.reveal();
    if (crypto_pwhash_argon2id_str(hash.data(), text.data(), text.size(), cost.passes,
                                   cost.memory_bytes) != 0) {
        throw std::bad_alloc();
    }
    return hash.data();
}

bool verify_password(const base::Secret<std::string>& password, const std::string& hash) {
    start_sodium();
    // libsodium reads up to the first NUL: what follows one would be believed unread.
    if (hash.find('\0') != std::string::npos) return false;
    if (hash.size() >= crypto_pwhash_argon2id_STRBYTES) return false;
    const std::string& text = password.reveal();
    errno = 0;
    if (crypto_pwhash_argon2id_str_verify(hash.c_str(), text.data(), text.size()) == 0) return true;
    if (errno == ENOMEM) throw std::bad_alloc();
    return false;
}

const std::string& unmatchable_hash(const PasswordCost& cost) {
    static std::mutex mutex;
    static std::map<std::pair<std::size_t, unsigned>, std::string> hashes;
    const std::lock_guard lock(mutex);
    std::string& hash = hashes[{cost.memory_bytes, cost.passes}];
    if (hash.empty()) {
        start_sodium();
        std::string forgotten(32, '\0');
        randombytes_buf(forgotten.data(), forgotten.size());
        hash = hash_password(base::Secret(std::move(forgotten)), cost);
    }
    return hash;
}

}  // namespace muster::crypto
