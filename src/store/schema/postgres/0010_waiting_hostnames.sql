-- Who waits for a node of that name: asked at each confirmation, about few of the many rows.
-- SPDX-License-Identifier: Apache-2.0
CREATE INDEX idx_network_memberships_waiting
    ON muster.network_memberships (announced_hostname, network) WHERE node_id IS NULL;
