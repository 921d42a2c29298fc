// The subcommands of an ALTER TABLE as they were written.
// SPDX-License-Identifier: PostgreSQL
#include <gtest/gtest.h>

#include "core/subcommands.hpp"

namespace hotswap::core {

using Texts = std::vector<std::string>;

TEST(Subcommands, are_cut_at_commas_outside_of_parentheses)
{
    EXPECT_EQ(split_subcommands("ALTER TABLE t ADD CHECK (f(a, b)), SET (fillfactor = 70, autovacuum_enabled = off)"),
              (Texts{"ADD CHECK (f(a, b))", "SET (fillfactor = 70, autovacuum_enabled = off)"}));
}

TEST(Subcommands, begin_after_any_way_to_write_the_name)
{
    for (const char *name : {"t", "IF EXISTS t", "ONLY s.t", "if exists only \"s,x\".\"T\"\"(\"", "s . t *", "/* a /* b */, */ t -- c, d\n"})
        EXPECT_EQ(split_subcommands(std::string("alter\ttable ") + name + " OWNER TO a , OWNER TO b "), (Texts{"OWNER TO a", "OWNER TO b"})) << name;
}

TEST(Subcommands, commas_in_quotes_are_text)
{
    EXPECT_EQ(split_subcommands("ALTER TABLE t ALTER a SET DEFAULT 'x,''y', ALTER b SET DEFAULT E'\\',', ALTER c SET DEFAULT $q$,$$,$q$, ALTER \"d,\" DROP DEFAULT"),
              (Texts{"ALTER a SET DEFAULT 'x,''y'", "ALTER b SET DEFAULT E'\\','", "ALTER c SET DEFAULT $q$,$$,$q$", "ALTER \"d,\" DROP DEFAULT"}));
}

}  // namespace hotswap::core
