// What a backend is while hotswap works in it: whose rights, which search_path, which transaction.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace hotswap::bridge {

unsigned current_role();
bool has_privileges_of(unsigned member, const std::string &role);   // false also when the role is gone
std::string role_name(unsigned role);
unsigned role_oid(const std::string &role);                         // 0 when there is none
std::string current_search_path();                                  // the setting, as text
std::string setting(const std::string &name);                       // of the server's own
std::string current_time_zone();                                    // likewise
void set_time_zone(const std::string &zone);                        // of the session
bool in_recovery();
double deadlock_timeout_ms();
std::int64_t block_size();

// Rights and name resolution for a stretch of code; put back when it ends, also by an exception.
// (A FATAL exit never unwinds, and needs nothing put back.)
class Authority {
  public:
    // Rights of the owner of hotswap's own tables: for reading and writing them. search_path = pg_catalog, pg_temp.
    static Authority of_store();
    // Rights of a migration's owner, security-restricted: nothing it runs can change role, create temporary objects that
    // outlive it, or leave traps behind. search_path = pg_catalog, pg_temp, or the caller's recorded one when given.
    static Authority of_role(unsigned role, const std::string &search_path = {});
    ~Authority();
    Authority(const Authority &) = delete;
    Authority &operator=(const Authority &) = delete;

  private:
    Authority(unsigned role, bool restricted, const std::string &search_path);
    unsigned saved_role_ = 0;
    int saved_context_ = 0;
    int guc_level_ = 0;
};

void set_local(const std::string &setting, const std::string &value);   // SET LOCAL
void set_session(const std::string &setting, const std::string &value); // SET

// A transaction of a worker: begins at construction, rolled back unless committed.
class Transaction {
  public:
    enum class Sees { latest, one_snapshot };   // one_snapshot = REPEATABLE READ: all statements see the same
    explicit Transaction(Sees sees = Sees::latest);
    ~Transaction();
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    void commit();
    void new_snapshot();     // later statements see what has been committed since

  private:
    bool open_ = true;
    std::uint64_t wal_at_begin_;
};

// A subtransaction for an attempt that may fail: rolled back unless committed. Uses no transaction id while it writes nothing.
class Subtransaction {
  public:
    Subtransaction();
    ~Subtransaction();
    Subtransaction(const Subtransaction &) = delete;
    Subtransaction &operator=(const Subtransaction &) = delete;
    void commit();

  private:
    void *memory_;
    void *owner_;
    bool open_ = true;
};

// An upper bound for what the backend does while this lives: a statement that runs longer is cancelled (57014).
class Deadline {
  public:
    explicit Deadline(double ms);
    ~Deadline();
    Deadline(const Deadline &) = delete;
    Deadline &operator=(const Deadline &) = delete;
    bool passed() const;

  private:
    double until_ms_;
};

// Memory for one round of work, thrown away at the end.
class ScratchMemory {
  public:
    ScratchMemory();
    ~ScratchMemory();
    ScratchMemory(const ScratchMemory &) = delete;
    ScratchMemory &operator=(const ScratchMemory &) = delete;

  private:
    void *scratch_;
    void *saved_;
};

int character_count(const std::string &text, int bytes);   // of the first bytes of text, in the server's encoding
void check_for_interrupts();
void command_counter_increment();
double now_ms();      // monotonic enough for durations
double unix_ms();     // since 1970, as to_timestamp and extract(epoch) count
std::string extension_schema();    // "hotswap" when the extension is installed in this database, else empty
void log(const std::string &line); // one LOG line
void notice(const std::string &line);
void warning(const std::string &line, const std::string &hint = {});

}  // namespace hotswap::bridge
