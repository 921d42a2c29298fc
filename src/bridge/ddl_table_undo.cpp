// What takes an ALTER TABLE of catalog settings back: the setting as it is now. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"

namespace hotswap::bridge {

namespace {

// The sequence of an identity column.
#define FROM_IDENTITY \
    " FROM pg_attribute a JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum" \
    "   AND d.classid = 'pg_class'::regclass AND d.deptype = 'i' JOIN pg_sequence s ON s.seqrelid = d.objid" \
    "   JOIN pg_class q ON q.oid = s.seqrelid JOIN pg_namespace n ON n.oid = q.relnamespace" \
    " WHERE a.attrelid = $1::oid AND a.attname = $2"

// Each gives the subcommand that sets what is set now; $1 is the table, $2 the column, trigger or rule, $3 names of options.
const char *query_for(const AlterTableCmd *command)
{
    switch (command->subtype) {
    case AT_ChangeOwner:
        return "SELECT 'OWNER TO ' || quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE oid = $1::oid";
    case AT_EnableRowSecurity:
    case AT_DisableRowSecurity:
        return "SELECT CASE WHEN relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END || ' ROW LEVEL SECURITY' FROM pg_class WHERE oid = $1::oid";
    case AT_ForceRowSecurity:
    case AT_NoForceRowSecurity:
        return "SELECT CASE WHEN relforcerowsecurity THEN '' ELSE 'NO ' END || 'FORCE ROW LEVEL SECURITY' FROM pg_class WHERE oid = $1::oid";
    case AT_ReplicaIdentity:
        return "SELECT 'REPLICA IDENTITY ' || CASE relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' ELSE"
               "  (SELECT 'USING INDEX ' || quote_ident(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = $1::oid AND i.indisreplident) END"
               " FROM pg_class WHERE oid = $1::oid";
    case AT_ClusterOn:
    case AT_DropCluster:
        return "SELECT coalesce((SELECT 'CLUSTER ON ' || quote_ident(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
               "  WHERE i.indrelid = $1::oid AND i.indisclustered), 'SET WITHOUT CLUSTER')";
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableReplicaTrig:
    case AT_DisableTrig:
    case AT_EnableTrigUser:
    case AT_DisableTrigUser:
        return "SELECT string_agg(CASE tgenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END"
               "   || ' TRIGGER ' || quote_ident(tgname), ', ' ORDER BY tgname) FROM pg_trigger"
               " WHERE tgrelid = $1::oid AND NOT tgisinternal AND ($2 = '' OR tgname = $2)";
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
    case AT_EnableReplicaRule:
    case AT_DisableRule:
        return "SELECT CASE ev_enabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END"
               "   || ' RULE ' || quote_ident(rulename) FROM pg_rewrite WHERE ev_class = $1::oid AND rulename = $2";
    case AT_SetStatistics:
        return "SELECT format('ALTER COLUMN %I SET STATISTICS %s', attname, attstattarget) FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2";
    case AT_SetStorage:
        return "SELECT format('ALTER COLUMN %I SET STORAGE %s', attname, CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'"
               "   ELSE 'EXTENDED' END) FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2";
    case AT_SetCompression:
        return "SELECT format('ALTER COLUMN %I SET COMPRESSION %s', attname, CASE attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'default' END)"
               "  FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2";
    case AT_SetOptions:
    case AT_ResetOptions:
        return "SELECT format('ALTER COLUMN %I RESET (%s)', attname, (SELECT string_agg(quote_ident(n), ', ') FROM unnest($3::text[]) AS n))"
               "   || coalesce((SELECT ', ALTER COLUMN ' || quote_ident(attname) || ' SET (' || string_agg(o, ', ') || ')' FROM unnest(attoptions) AS o"
               "                 WHERE split_part(o, '=', 1) = ANY ($3)), '') FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2";
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
        return "SELECT format('RESET (%s)', (SELECT string_agg(n, ', ') FROM unnest($3::text[]) AS n))"
               "   || coalesce((SELECT ', SET (' || string_agg(o, ', ') || ')' FROM unnest(c.reloptions"
               "        || (SELECT array_agg('toast.' || t) FROM pg_class x, unnest(x.reloptions) AS t WHERE x.oid = c.reltoastrelid)) AS o"
               "                 WHERE split_part(o, '=', 1) = ANY ($3)), '') FROM pg_class c WHERE c.oid = $1::oid";
    // Of views and foreign tables: of a table these have plans of their own.
    case AT_ColumnDefault:
    case AT_CookedColumnDefault:
        return "SELECT format('ALTER COLUMN %I ', a.attname) || coalesce('SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT')"
               "  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = $1::oid AND a.attname = $2";
    case AT_SetNotNull:
    case AT_DropNotNull:
        return "SELECT format('ALTER COLUMN %I %s NOT NULL', attname, CASE WHEN attnotnull THEN 'SET' ELSE 'DROP' END)"
               "  FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2";
    case AT_SetTableSpace:
        return "SELECT 'SET TABLESPACE ' || quote_ident(t.spcname) FROM pg_class c JOIN pg_tablespace t"
               "   ON t.oid = coalesce(nullif(c.reltablespace, 0), (SELECT dattablespace FROM pg_database WHERE datname = current_database())) WHERE c.oid = $1::oid";
    case AT_SetLogged:
    case AT_SetUnLogged:
        return "SELECT CASE relpersistence WHEN 'u' THEN 'SET UNLOGGED' ELSE 'SET LOGGED' END FROM pg_class WHERE oid = $1::oid";
    case AT_AddIdentity:
        return "SELECT format('ALTER COLUMN %I DROP IDENTITY', $2)";
    case AT_SetIdentity:
        return "SELECT format('ALTER COLUMN %I SET GENERATED %s SET INCREMENT BY %s SET MINVALUE %s SET MAXVALUE %s SET START WITH %s SET CACHE %s SET %s', a.attname,"
               "    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,"
               "    CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)" FROM_IDENTITY;
    case AT_DropIdentity:
        return "SELECT format('ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s)', a.attname,"
               "    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, n.nspname, q.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqstart,"
               "    s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)" FROM_IDENTITY;
    default:
        return nullptr;
    }
}

// The number that the sequence of a dropped identity had reached is gone with it; it goes on after the greatest in the column.
constexpr const char *kValueAgain =
    "SELECT format('SELECT pg_catalog.setval(%L, %s(%I)) FROM %s HAVING count(%3$I) > 0', format('%I.%I', n.nspname, q.relname),"
    "    CASE WHEN s.seqincrement > 0 THEN 'max' ELSE 'min' END, a.attname, a.attrelid::regclass) AS statement" FROM_IDENTITY;

bool restarts(const AlterTableCmd *command)
{
    ListCell *cell;
    foreach (cell, castNode(List, command->def))
        if (strcmp(lfirst_node(DefElem, cell)->defname, "restart") == 0)
            return true;
    return false;
}

}  // namespace

std::vector<std::string> option_names(Node *options)
{
    std::vector<std::string> names;
    ListCell *cell;
    foreach (cell, castNode(List, options)) {
        auto *option = lfirst_node(DefElem, cell);
        names.push_back(option->defnamespace != nullptr ? plain(option->defnamespace) + "." + option->defname : option->defname);
    }
    return names;
}

void compose_undo(const AlterTableCmd *command, const core::Statement &statement, core::Change *change)
{
    const std::string table = "ALTER TABLE " + std::string(statement.only ? "ONLY " : "") + core::qualified(statement.schema, statement.relation) + " ";
    if (command->subtype == AT_AddInherit || command->subtype == AT_DropInherit) {
        const std::string parent = relation_text(castNode(RangeVar, command->def));
        change->undo = {table + (command->subtype == AT_AddInherit ? "NO INHERIT " : "INHERIT ") + parent};
        return;
    }
    if (command->subtype == AT_DropExpression)
        change->why_final = "PostgreSQL cannot make a column that is there a generated one";
    if (command->subtype == AT_AddColumn) {
        const char *column = castNode(ColumnDef, command->def)->colname;
        const Oid relation = statement.relation_oid;
        if (guarded([=] { return ::get_attnum(relation, column) > 0; }))
            return;
        change->undo = {table + "DROP COLUMN IF EXISTS " + core::quote_identifier(castNode(ColumnDef, command->def)->colname)};
        return;
    }
    if (command->subtype == AT_SetIdentity && restarts(command)) {
        change->why_final = "the value of the sequence is lost";
        return;
    }
    const char *query = query_for(command);
    if (query == nullptr)
        return;
    const Authority authority = Authority::of_store();
    Sql sql;
    const Rows rows = sql.run("SELECT subcommand FROM (" + std::string(query) + ") AS q (subcommand) WHERE $1::oid IS NOT NULL AND $2::text IS NOT NULL AND $3::text[] IS NOT NULL",
                              {static_cast<std::int64_t>(statement.relation_oid), plain(command->name), change->names});
    if (!rows.empty() && !rows[0].is_null("subcommand"))
        change->undo = {table + rows[0].text("subcommand")};
    if (command->subtype != AT_DropIdentity || change->undo.empty())
        return;
    const Rows value = sql.run(kValueAgain, {static_cast<std::int64_t>(statement.relation_oid), plain(command->name)});
    change->undo.push_back(value[0].text("statement"));
}

}  // namespace hotswap::bridge
