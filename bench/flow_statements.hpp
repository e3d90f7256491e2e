// The statements that write one device's enrolment, in the order in which the server runs them: the
// one place to change when the server's own statements change.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::bench {

/// What the server commits or undoes as one: three requests, of which verify needs two, because it
/// asks the network in between.
enum class Unit { generate_token, verify, keep_network_key, check_tailscale_status };
inline constexpr int unit_count = 4;

struct FlowStatement {
    Unit unit;
    /// Parameters are the members of FlowValues; $new_id is another new id each time.
    const char* sql;
};

inline constexpr FlowStatement flow_statements[] = {
    {Unit::generate_token, R"sql(
        INSERT INTO devices (id, user_id, organization_id, name, device_type, os, fingerprint,
            enrollment_token, enrolled_at, last_seen, status, trust_level, tailscale_auth_key,
            enrollment_expires_at, metadata, created_at)
        VALUES ($device, $user, $organization, 'Load', 'laptop', 'Debian 12', NULL, $token, NULL,
            $now, 'pending', 'low', NULL, $later,
            '{"created_by":"00000000-0000-0000-0000-000000000000","tailscale_tags":["tag:prod"]}',
            $now))sql"},
    {Unit::generate_token, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'enrollment_initiated',
            '{"method":"qr_code","device_type":"laptop","os":"Debian 12"}', '127.0.0.1', $now))sql"},
    {Unit::generate_token, R"sql(
        INSERT INTO audit_logs (id, organization_id, user_id, event, details, created_at)
        VALUES ($new_id, $organization, $user, 'pending_device_created',
            json_object('device_id', $device, 'target_user_id', $user), $now))sql"},

    {Unit::verify, "SELECT * FROM devices WHERE enrollment_token = $token"},
    {Unit::verify, R"sql(
        UPDATE devices SET name = 'Load', device_type = 'laptop', os = 'Debian 12',
            fingerprint = $fingerprint, last_seen = $now, trust_level = 'medium',
            metadata = json_insert(metadata, '$.token_validated_at', $now)
         WHERE id = $device AND status = 'pending' AND enrollment_token = $token)sql"},
    {Unit::verify, R"sql(
        INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source)
        VALUES ($device, 'fingerprint', 'claimed', $now, 'verify'))sql"},
    {Unit::verify, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'token_validated',
            '{"device_type":"laptop","has_tailscale_key":true}', '127.0.0.1', $now))sql"},
    {Unit::verify, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'trust_level_changed',
            '{"from":"low","to":"medium","because":"fingerprint verified"}', '127.0.0.1',
            $now))sql"},

    {Unit::keep_network_key, R"sql(
        UPDATE devices SET tailscale_auth_key = $sealed_key
         WHERE id = $device AND status = 'pending' AND tailscale_auth_key IS NULL)sql"},
    {Unit::keep_network_key, R"sql(
        INSERT INTO network_memberships (device_id, network, key_id, key_expires_at, created_at)
        VALUES ($device, 'simulated', $key, $later, $now))sql"},
    {Unit::keep_network_key, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'tailscale_auth_key_generated',
            json_object('network', 'simulated', 'tags', json_array('tag:prod'), 'group', NULL,
                'expiresAt', $later), '127.0.0.1', $now))sql"},

    {Unit::check_tailscale_status, "SELECT * FROM devices WHERE id = $device"},
    {Unit::check_tailscale_status, R"sql(
        UPDATE devices SET status = 'active', trust_level = 'high', enrolled_at = $now,
            last_seen = $now, enrollment_token = NULL, tailscale_auth_key = NULL,
            tailscale_device_id = $node, tailscale_hostname = 'load', tailscale_ip = '100.64.0.1',
            metadata = json_insert(metadata, '$.tailscale_online', 1, '$.tailscale_last_seen', $now)
         WHERE id = $device AND status = 'pending' AND enrollment_token = $token)sql"},
    {Unit::check_tailscale_status, R"sql(
        INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source)
        VALUES ($device, 'network_connection', 'seen', $now, 'simulated'))sql"},
    {Unit::check_tailscale_status, R"sql(
        UPDATE network_memberships SET node_id = $node, hostname = 'load', confirmed_at = $now
         WHERE device_id = $device)sql"},
    {Unit::check_tailscale_status, R"sql(
        INSERT INTO spent_tokens (token_digest, device_id, spent_at, expires_at)
        VALUES ($token, $device, $now, $later))sql"},
    {Unit::check_tailscale_status, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'trust_level_changed',
            '{"from":"medium","to":"high","because":"network connection confirmed"}', '127.0.0.1',
            $now))sql"},
    {Unit::check_tailscale_status, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'tailscale_connected',
            json_object('network', 'simulated', 'tailscale_device_id', $node, 'hostname', 'load',
                'ip', '100.64.0.1', 'tags', json_array('tag:prod'), 'group', NULL), '127.0.0.1',
            $now))sql"},
    {Unit::check_tailscale_status, R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($new_id, $device, 'tailscale_enrollment_complete',
            json_object('network', 'simulated', 'tailscale_device_id', $node, 'hostname', 'load',
                'ip', '100.64.0.1'), '127.0.0.1', $now))sql"},
    {Unit::check_tailscale_status, R"sql(
        INSERT INTO audit_logs (id, organization_id, user_id, event, details, created_at)
        VALUES ($new_id, $organization, NULL, 'device_enrolled_tailscale',
            json_object('device_id', $device, 'network', 'simulated', 'tailscale_device_id', $node),
            $now))sql"},
};

}  // namespace muster::bench
