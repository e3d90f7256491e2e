// Opens what the server and the commands on its host share: the data folder, the sealing key, the
// database, the installation's keys.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>

#include "app/context.hpp"
#include "app/installation.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/principal.hpp"
#include "crypto/sealed.hpp"
#include "main/settings.hpp"
#include "store/peers.hpp"
#include "store/store.hpp"

namespace muster::main {

/// Start-up cannot go on. The text is one readable sentence for the operator.
class StartError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class Missing { create, refuse };

/// Creates the folder if it is missing, readable by its owner alone. Throws StartError.
void make_data_folder(const std::filesystem::path& folder);

/// Everything behind the door, in the order in which it must be taken down.
struct Opened {
    base::SystemClock clock;
    base::SystemRandom random;
    std::unique_ptr<crypto::Sealer> sealer;
    std::unique_ptr<store::Store> store;
    app::Installation installation;
};

/// `refuse`: an installation that is not there yet is a StartError; otherwise it is made (data
/// folder 0700, sealing key 0600, database with every migration). Throws StartError.
std::unique_ptr<Opened> open_installation(const Settings& settings, Missing missing);

/// The other servers on the database. Null: there can be none. Throws StartError.
std::unique_ptr<store::Peers> open_peers(const Settings& settings, store::NewsListener listener);

/// The schema alone: on PostgreSQL its owner does this, who needs no sealing key. Throws
/// StartError.
void bring_up_to_date(const Settings& settings);

}  // namespace muster::main
