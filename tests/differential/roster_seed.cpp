// Rows with odd values on purpose: quotes, commas, wildcards, other scripts, nulls, empty texts.
// SPDX-License-Identifier: Apache-2.0
#include "differential/roster_seed.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "crypto/tokens.hpp"
#include "store/array_text.hpp"

namespace muster::differential {

namespace {

namespace json = boost::json;
using Optional = std::optional<std::string>;

constexpr std::size_t device_count = 40;
constexpr std::size_t event_count = 80;
constexpr std::size_t config_count = 7;
constexpr std::size_t audit_count = 24;

constexpr std::array oddities = {
    "",
    " Laptop",
    "'s \"Mac\", (blue)",
    " 100%",
    "_x",
    " Ñandú 机",
    " back\\slash",
    "\nline",
    " {a,b}",
    " null",
    "*",
    " O'Hara; --",
};
constexpr std::array systems = {"macOS 14.0", "Windows 11", "Linux", "", "null", "ünïx"};
constexpr std::array statuses = {"pending", "active", "inactive", "revoked"};
constexpr std::array levels = {"low", "medium", "high"};
constexpr std::array types = {"laptop", "desktop", "mobile", "tablet"};
constexpr std::array events = {"enrolled", "token_validated", "device_revoked", "odd, one"};

class Seeder {
public:
    Seeder(store::Transaction& transaction, const crypto::Sealer& sealer, Dice& dice,
           std::vector<std::string> organizations, std::vector<std::string> people,
           store::TestDriver driver)
        : m_transaction(transaction),
          m_sealer(sealer),
          m_dice(dice),
          m_organizations(std::move(organizations)),
          m_people(std::move(people)),
          m_driver(driver) {}

    std::vector<SeedPerson> fill() {
        for (const std::string_view mark : {"zqo1q", "zqo2q"}) name_organization(mark);
        add_organization();
        add_people();
        for (std::size_t i = 0; i < device_count; ++i) add_device(i);
        for (std::size_t i = 0; i < event_count; ++i) add_event(i);
        for (std::size_t i = 0; i < config_count; ++i) add_config(i);
        for (std::size_t i = 0; i < audit_count; ++i) add_audit(i);
        return m_added;
    }

private:
    std::string uuid() {
        const std::uint64_t high = m_dice.number();
        const std::uint64_t low = m_dice.number();
        return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32U,
                           (high >> 16U) & 0xffffU, high & 0xfffU, (low >> 48U) & 0xfffU,
                           low & 0xffff'ffff'ffffULL);
    }

    /// Every time has microseconds of its own, which tell its row.
    std::string time() {
        return fmt::format("2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00", m_dice.between(1, 12),
                           m_dice.between(1, 28), m_dice.below(24), m_dice.below(60),
                           m_dice.below(60), 100'001 + m_moment++ * 7 % 899'990);
    }
    Optional sometimes(std::string value, unsigned percent = 70) {
        return m_dice.chance(percent) ? Optional(std::move(value)) : std::nullopt;
    }
    std::string marked(std::string_view kind, std::size_t number) {
        return fmt::format("zq{}{}q", kind, number) + m_dice.pick(oddities);
    }

    void name_organization(std::string_view mark) {
        m_transaction.execute(
            "UPDATE organizations SET name = $1, logo_url = $2, created_at = $3 WHERE id = $4",
            std::string(mark) + " Org", sometimes("https://example.org/" + std::string(mark)),
            time(), m_organizations[mark == "zqo1q" ? 0 : 1]);
    }
    void add_organization() {
        m_organizations.push_back(uuid());
        m_transaction.execute(
            "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
            m_organizations.back(), "zqo3q, Third", time());
    }

    void add_people() {
        for (std::size_t i = 0; i < m_people.size(); ++i) {
            m_transaction.execute(
                "UPDATE profiles SET full_name = $1, created_at = $2 WHERE id = $3", marked("p", i),
                time(), m_people[i]);
        }
        const std::string& b = m_organizations[1];
        const std::string& c = m_organizations[2];
        add_person("bea", "user", b);
        add_person("sam", "support", b);
        add_person("cid", "user", c);
        add_person("carl", "org_admin", c);
        add_person("loner", "user", std::nullopt);
        add_person("idle_boss", "org_admin", std::nullopt);
        add_person("idle_support", "support", std::nullopt);
        add_person("second_root", "global_admin", std::nullopt);
    }
    void add_person(const std::string& name, const std::string& role,
                    const Optional& organization) {
        const std::string id = uuid();
        m_transaction.execute("INSERT INTO users (id, email) VALUES ($1, $2)", id,
                              name + "@muster.test");
        m_transaction.execute(
            "INSERT INTO profiles (id, organization_id, full_name, role, created_at) "
            "VALUES ($1, $2, $3, $4, $5)",
            id, organization, marked("p", m_people.size()), role, time());
        m_people.push_back(id);
        m_added.push_back({name, id});
    }

    /// Objects with everything that a JSON path can meet.
    std::string metadata(const std::string& mark) {
        json::object object;
        object["mark"] = mark;
        if (m_dice.chance(60)) object["count"] = static_cast<std::int64_t>(m_dice.below(5));
        if (m_dice.chance(60)) object["online"] = m_dice.chance(50);
        if (m_dice.chance(60)) object["tags"] = json::array{"tag:prod", "tag:" + mark, nullptr};
        if (m_dice.chance(40)) object["deep"] = {{"a b", mark}, {"list", {1, 2, {{"k", "v"}}}}};
        if (m_dice.chance(40)) object["nothing"] = nullptr;
        if (m_dice.chance(40)) object["group"] = m_dice.pick(systems);
        if (m_dice.chance(20)) object["say \"hi\""] = "quoted";
        return json::serialize(object);
    }

    std::string array_of(const json::array& items) const {
        const std::string text = json::serialize(items);
        return m_driver == store::TestDriver::postgres ? store::array_text(text).value() : text;
    }
    Optional sealed(const std::string& table, std::size_t number) {
        const std::string key = fmt::format("zqk{}{}q", table.front(), number);
        return m_sealer.seal_comparable(base::Secret(key), table + ".tailscale_auth_key");
    }

    void add_device(std::size_t number) {
        const std::string id = uuid();
        const std::string& owner = m_dice.pick(m_people);
        Optional organization = m_dice.pick(m_organizations);
        const auto home =
            m_transaction.one("SELECT organization_id FROM profiles WHERE id = $1", owner);
        if (m_dice.chance(75)) organization = home->optional_text(0);
        const std::string mark = marked("d", number);
        const std::string token = crypto::token_digest(fmt::format("zqt{}q", number));
        m_transaction.execute(
            "INSERT INTO devices (id, user_id, organization_id, name, device_type, os, fingerprint,"
            " enrollment_token, enrolled_at, last_seen, location, status, trust_level,"
            " tailscale_auth_key, tailscale_hostname, tailscale_device_id, tailscale_ip,"
            " enrollment_expires_at, metadata, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
            " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            id, owner, organization, mark, m_dice.pick(types), sometimes(m_dice.pick(systems)),
            sometimes(fmt::format("zqf{}q", number)), sometimes(token), sometimes(time()),
            sometimes(time()), sometimes(marked("l", number)), m_dice.pick(statuses),
            m_dice.pick(levels), m_dice.chance(50) ? sealed("devices", number) : std::nullopt,
            sometimes(fmt::format("zqh{}q", number)), sometimes(fmt::format("zqn{}q", number)),
            sometimes(fmt::format("100.64.{}.1", number)), sometimes(time()),
            sometimes(metadata(fmt::format("zqm{}q", number)), 85), time());
        m_devices.push_back(id);
    }

    void add_event(std::size_t number) {
        const std::string mark = fmt::format("zqe{}q", number);
        m_transaction.execute(
            "INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            uuid(), m_dice.pick(m_devices), m_dice.pick(events), sometimes(metadata(mark), 85),
            sometimes("ip " + mark), time());
    }

    void add_config(std::size_t number) {
        json::array tags;
        for (const std::string_view tag : {"tag:prod", "a,b", "say \"x\"", "{}", "tag:test"}) {
            if (m_dice.chance(40)) tags.emplace_back(tag);
        }
        tags.emplace_back(fmt::format("tag:zqg{}q", number));
        m_transaction.execute(
            "INSERT INTO organization_tailscale_config (id, organization_id, tailscale_auth_key,"
            " tags, description, is_active, created_at, expires_at, created_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            uuid(), m_organizations[number % m_organizations.size()],
            sealed("organization_tailscale_config", number), sometimes(array_of(tags), 85),
            sometimes(marked("c", number)),
            m_dice.chance(80) ? std::optional(m_dice.chance(50)) : std::nullopt, time(),
            sometimes(time()), sometimes(m_dice.pick(m_people)));
    }

    void add_audit(std::size_t number) {
        const std::string mark = fmt::format("zqa{}q", number);
        m_transaction.execute(
            "INSERT INTO audit_logs (id, organization_id, user_id, event, details, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            uuid(), sometimes(m_dice.pick(m_organizations), 85), sometimes(m_dice.pick(m_people)),
            "did " + mark, sometimes(metadata(mark), 85), time());
    }

    store::Transaction& m_transaction;
    const crypto::Sealer& m_sealer;
    Dice& m_dice;
    std::vector<std::string> m_organizations;
    std::vector<std::string> m_people;
    std::vector<std::string> m_devices;
    std::vector<SeedPerson> m_added;
    store::TestDriver m_driver;
    std::size_t m_moment = 0;
};

}  // namespace

std::vector<SeedPerson> seed_roster(store::Store& store, const crypto::Sealer& sealer, Dice& dice,
                                    std::vector<std::string> organizations,
                                    std::vector<std::string> people, store::TestDriver driver) {
    auto work = [&](store::Transaction& transaction) -> core::Result<std::vector<SeedPerson>> {
        return Seeder(transaction, sealer, dice, organizations, people, driver).fill();
    };
    auto added = store.write_now(work);
    if (!added) throw std::runtime_error("the roster could not be filled");
    return std::move(*added);
}

}  // namespace muster::differential
