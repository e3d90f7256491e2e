// Catalog, policies, and how secrets are concealed.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/table_schema.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "crypto/tokens.hpp"
#include "rest/policy_trial.hpp"

namespace muster::api {

namespace {

std::expected<std::vector<rest::PolicyFile>, std::string> read_files(
    const std::filesystem::path& own) {
    std::vector<rest::PolicyFile> files{rest::shipped_policies()};
    if (own.empty()) return files;
    std::ifstream stream(own);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) {
        return std::unexpected("rest.policies_file: " + own.string() + " cannot be read");
    }
    files.push_back({own.string(), text.str()});
    return files;
}

/// Enrolment tokens are kept as their digest, keys for networks sealed.
std::string conceal(const crypto::Sealer& sealer, const rest::Relation& relation,
                    const rest::Column& column, std::string_view text) {
    if (column.secrecy == rest::Secrecy::digest) return crypto::token_digest(text);
    return sealer.seal_comparable(base::Secret(std::string(text)),
                                  relation.name + "." + column.name);
}

/// A file that was not run on the database: it would guard nothing there.
std::optional<std::string> find_unguarded(const rest::Catalog& catalog,
                                          const rest::Policies& policies) {
    for (const auto& [name, relation] : catalog.relations()) {
        if (!policies.is_secured(name) || relation.is_guarded || relation.is_view) continue;
        return fmt::format(
            "rest.policies_file: the database has no row-level security on table {0}: run ALTER "
            "TABLE {0} ENABLE ROW LEVEL SECURITY and the file on it",
            name);
    }
    return std::nullopt;
}

}  // namespace

std::expected<rest::Schema, std::string> load_table_schema(store::Store& store,
                                                           const crypto::Sealer& sealer,
                                                           const TableSchemaOptions& options) {
    const auto files = read_files(options.policies_file);
    if (!files) return std::unexpected(files.error());
    const store::Dialect* dialect = nullptr;
    auto catalog = store.read_now([&](store::Transaction& transaction) {
        dialect = &transaction.dialect();
        return core::Result<rest::Catalog>(rest::read_catalog(transaction));
    });
    if (!catalog) return std::unexpected("database: its tables cannot be read now");
    auto policies = rest::Policies::parse(*files, *catalog);
    if (!policies) {
        const rest::PolicyFault& fault = policies.error();
        return std::unexpected(
            fmt::format("{}:{}:{}: {}", fault.file, fault.line, fault.column, fault.message));
    }
    if (!options.policies_file.empty() && !dialect->guards_rows()) {
        const auto fault = store.read_now([&](store::Transaction& transaction) {
            using Fault = std::optional<std::string>;
            return core::Result<Fault>(rest::try_policies(transaction, *catalog, *policies));
        });
        if (fault && *fault) {
            return std::unexpected(options.policies_file.string() + ": " + **fault);
        }
    }
    if (dialect->guards_rows()) {
        if (auto fault = find_unguarded(*catalog, *policies)) {
            return std::unexpected(std::move(*fault));
        }
    }
    const auto hide = [&sealer](const rest::Relation& relation, const rest::Column& column,
                                std::string_view text) {
        return conceal(sealer, relation, column, text);
    };
    const auto reveal = [&sealer](std::string_view purpose, std::string_view sealed) {
        const auto secret = sealer.open(sealed, purpose);
        return secret ? std::optional(secret->reveal()) : std::nullopt;
    };
    return rest::Schema{
        std::move(*catalog), std::move(*policies), options.rows_max, hide, dialect, reveal};
}

}  // namespace muster::api
