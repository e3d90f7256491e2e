// Fakes of the programs `tailscale` and `netbird`: shell scripts in a temporary folder, written by
// hand from what the real ones are documented to do. They record how they were called, and say and
// do what the test puts into files beside them. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "agent/temporary_folder_fake.hpp"

namespace muster::agent {

/// `status` prints the file status, or fails with the file status_error if there is one; `up` runs
/// the file up, in which $dir is the folder and $file the key's file.
class ClientProgramFake {
public:
    explicit ClientProgramFake(const std::string& name) : m_program(m_folder.path() / name) {
        write(name,
              "#!/bin/sh\n"
              "dir=${0%/*}\n"
              "printf '%s\\n' \"$@\" >>\"$dir/words\"\n"
              "env >>\"$dir/environment\"\n"
              "say_status() { printf '%s' \"$1\" >\"$dir/new\" && mv \"$dir/new\" \"$dir/status\"; "
              "}\n"
              "command= file= previous=\n"
              "for word; do\n"
              "    case $word in\n"
              "        status | up) command=$word ;;\n"
              "        --auth-key=file:*) file=${word#--auth-key=file:} ;;\n"
              "    esac\n"
              "    case $previous in --setup-key-file) file=$word ;; esac\n"
              "    previous=$word\n"
              "done\n"
              "if [ \"$command\" = up ]; then\n"
              "    if [ -n \"$file\" ]; then\n"
              "        echo \"$file\" >\"$dir/key_path\"\n"
              "        cp \"$file\" \"$dir/shown_key\"\n"
              "        stat -c %a \"$file\" \"${file%/*}\" >\"$dir/modes\"\n"
              "    fi\n"
              "    . \"$dir/up\"\n"
              "    exit 0\n"
              "fi\n"
              "if [ -f \"$dir/status_error\" ]; then\n"
              "    cat \"$dir/status_error\" >&2\n"
              "    exit 1\n"
              "fi\n"
              "cat \"$dir/status\"\n");
        std::filesystem::permissions(m_program, std::filesystem::perms(0700));
        set_up("");
    }

    const std::filesystem::path& program() const { return m_program; }
    const std::filesystem::path& folder() const { return m_folder.path(); }
    void set_status(const std::string& text) const { write("status", text); }
    void set_status_error(const std::string& text) const { write("status_error", text); }
    void set_up(const std::string& shell_text) const { write("up", shell_text); }

    /// Of all calls, one a line.
    std::string words() const { return read("words"); }
    std::string environment() const { return read("environment"); }
    std::string shown_key() const { return read("shown_key"); }
    std::string modes() const { return read("modes"); }
    std::string key_path() const {
        const std::string line = read("key_path");
        return line.substr(0, line.find('\n'));
    }
    std::string read(const std::string& name) const {
        std::ifstream file(m_folder.path() / name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

private:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream file(m_folder.path() / name);
        if (!(file << text)) std::abort();
    }

    TemporaryFolder m_folder;
    std::filesystem::path m_program;
};

}  // namespace muster::agent
