// Password hashes: argon2id, by libsodium; bcrypt, by crypto/bcrypt.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/passwords.hpp"

#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <new>
#include <regex>
#include <stdexcept>
#include <utility>

#include <sodium.h>

#include "crypto/bcrypt.hpp"
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

bool is_password_hash(const std::string& hash) {
    if (is_bcrypt_hash(hash)) return true;
    static const std::regex form(
        R"(\$argon2id\$v=19\$m=([1-9][0-9]{0,5}),t=([1-9][0-9]?),p=1\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+)");
    if (hash.size() >= crypto_pwhash_argon2id_STRBYTES) return false;
    std::smatch parts;
    if (!std::regex_match(hash, parts, form)) return false;
    const auto memory_kib = std::stoul(parts[1].str());
    const auto passes = std::stoul(parts[2].str());
    if (memory_kib > foreign_memory_kib_max || passes > foreign_passes_max) return false;
    // Only its form is looked at: minus one is a hash that cannot be read.
    return crypto_pwhash_argon2id_str_needs_rehash(hash.c_str(), passes, memory_kib * 1024) >= 0;
}

bool is_foreign_hash(const std::string& hash) {
    return is_bcrypt_hash(hash);
}

bool verify_password(const base::Secret<std::string>& password, const std::string& hash) {
    if (is_bcrypt_hash(hash)) return verify_bcrypt(password, hash);
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
