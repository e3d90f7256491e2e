// From settings to an open database.
// SPDX-License-Identifier: Apache-2.0
#include "main/opening.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/postgres/postgres_peers.hpp"

namespace muster::main {

namespace {

namespace fs = std::filesystem;

/// A new key file, whole or not at all, and never in place of another: losing a key means losing
/// what it sealed.
void write_key_file(const fs::path& file, const std::string& text) {
    const std::string draft = file.string() + "." + std::to_string(::getpid());
    const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        throw StartError("secret_key_file: " + file.string() +
                         " cannot be written: " + std::strerror(errno));
    }
    const auto written = ::write(descriptor, text.data(), text.size());
    const bool kept = written == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
    ::close(descriptor);
    // link(2) fails when another process was quicker: then its key is the one.
    const bool placed = kept && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
    ::unlink(draft.c_str());
    if (!placed) throw StartError("secret_key_file: " + file.string() + " could not be stored");
}

std::string read_key_file(const fs::path& file) {
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) throw StartError("secret_key_file: " + file.string() + " cannot be read");
    return text.str();
}

crypto::SealingKey open_sealing_key(const Settings& settings, base::Random& random,
                                    Missing missing) {
    const std::string& given = settings.secret_key.reveal();
    if (given.empty() && missing == Missing::create && !fs::exists(settings.secret_key_file)) {
        write_key_file(settings.secret_key_file, crypto::to_text(crypto::make_sealing_key(random)));
    }
    auto key =
        crypto::parse_sealing_key(given.empty() ? read_key_file(settings.secret_key_file) : given);
    if (key) return std::move(*key);
    throw StartError(given.empty() ? "secret_key_file: " + settings.secret_key_file.string() +
                                         " does not hold 64 hex digits"
                                   : std::string("secret_key: 64 hex digits are needed"));
}

void open_store(const Settings& settings, Opened& opened) {
    try {
        if (settings.uses_postgres()) {
            opened.store = store::open_postgres(settings.postgres, opened.random);
            return;
        }
        store::SqliteOptions sqlite = settings.sqlite;
        sqlite.reveal = [&sealer = *opened.sealer](std::string_view purpose,
                                                   std::string_view sealed) {
            const auto secret = sealer.open(sealed, purpose);
            return secret ? std::optional(secret->reveal()) : std::nullopt;
        };
        opened.store = store::open_sqlite(sqlite, opened.clock, opened.random);
    } catch (const store::StoreError& failure) {
        throw StartError(std::string("database: ") + failure.what());
    }
}

}  // namespace

void make_data_folder(const fs::path& folder) {
    std::error_code error;
    const bool created = fs::create_directories(folder, error);
    if (error) {
        throw StartError("data: the folder " + folder.string() +
                         " cannot be created: " + error.message());
    }
    if (created) fs::permissions(folder, fs::perms::owner_all, error);
}

std::unique_ptr<Opened> open_installation(const Settings& settings, Missing missing) {
    if (missing == Missing::refuse && !settings.uses_postgres() &&
        !fs::exists(settings.sqlite.file)) {
        throw StartError("data: there is no Muster database in " + settings.data.string() +
                         "; run muster init or muster serve first, or name another folder with "
                         "--data");
    }
    make_data_folder(settings.data);
    auto opened = std::make_unique<Opened>();
    std::vector<crypto::SealingKey> keys;
    keys.push_back(open_sealing_key(settings, opened->random, missing));
    opened->sealer = std::make_unique<crypto::Sealer>(std::move(keys), opened->random);
    open_store(settings, *opened);
    const core::Caller caller{core::Caller::Kind::service};
    const app::Context context{opened->clock.now(), caller, settings.rules, *opened->sealer,
                               opened->random};
    auto installation = opened->store->write_now([&](store::Transaction& transaction) {
        return app::open_installation(transaction, context);
    });
    if (!installation && installation.error().code != core::Code::internal) {
        throw StartError("database: " + installation.error().detail);
    }
    if (!installation) {
        throw StartError("secret_key: the database was sealed with another key than " +
                         settings.secret_key_file.string());
    }
    opened->installation = std::move(*installation);
    return opened;
}

std::unique_ptr<store::Peers> open_peers(const Settings& settings, store::NewsListener listener) {
    if (!settings.uses_postgres()) return nullptr;
    store::PeersOptions options;
    options.database =
        settings.direct_database.empty() ? settings.postgres.database : settings.direct_database;
    return store::open_postgres_peers(options, std::move(listener));
}

void bring_up_to_date(const Settings& settings) {
    if (!settings.uses_postgres()) {
        open_installation(settings, Missing::refuse);
        return;
    }
    try {
        store::migrate_postgres(settings.postgres);
    } catch (const store::StoreError& failure) {
        throw StartError(std::string("database: ") + failure.what());
    }
}

}  // namespace muster::main
