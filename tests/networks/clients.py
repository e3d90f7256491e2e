# The real clients by their network's name.
# SPDX-License-Identifier: Apache-2.0
from real_headscale import TailscaleClient
from real_netbird import NetBirdClient

CLIENTS = {"headscale": TailscaleClient, "netbird": NetBirdClient}
