"""All that a database says of what is in it, but for rows: to be compared before and after."""

from __future__ import annotations

from tests.services.databases import run

_OWN = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'dkdata') AND n.nspname !~ '^pg_'"
_RELATION = f"pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_OWN}"
_ACL = "ARRAY(SELECT x::text FROM unnest({}) AS x ORDER BY 1)"
_DEFINITIONS = f"""
    SELECT 'relation', c.oid::regclass::text, concat_ws(' ', c.relkind, c.relpersistence,
        pg_get_userbyid(c.relowner),
        {_ACL.format("coalesce(c.relacl, acldefault('r', c.relowner))")},
        c.reloptions, t.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
        c.relispartition, c.reloftype::regtype)
    FROM {_RELATION} LEFT JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.relkind <> 'i'
    UNION ALL SELECT 'column', concat(c.oid::regclass, '.', a.attname), concat_ws(' ',
        format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
        a.attidentity, a.attgenerated, a.attcollation::regcollation, a.attstorage,
        a.attcompression, a.attstattarget, a.attoptions, {_ACL.format("a.attacl")},
        col_description(c.oid, a.attnum))
    FROM {_RELATION} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    UNION ALL SELECT 'constraint', concat(conrelid::regclass, '.', conname), concat_ws(' ',
        pg_get_constraintdef(o.oid), convalidated, obj_description(o.oid, 'pg_constraint'))
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace AND {_OWN}
    UNION ALL SELECT 'index', c.oid::regclass::text, concat_ws(' ', pg_get_indexdef(c.oid),
        indisclustered, indisreplident, obj_description(c.oid, 'pg_class'))
    FROM {_RELATION} JOIN pg_index i ON i.indexrelid = c.oid
    UNION ALL SELECT 'rule', concat(c.oid::regclass, '.', rulename), pg_get_ruledef(r.oid)
    FROM {_RELATION} JOIN pg_rewrite r ON r.ev_class = c.oid
    UNION ALL SELECT 'trigger', concat(c.oid::regclass, '.', tgname),
        concat_ws(' ', pg_get_triggerdef(t.oid), tgenabled)
    FROM {_RELATION} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT tgisinternal
    UNION ALL SELECT 'policy', concat(tablename, '.', policyname),
        concat_ws(' ', permissive, roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT 'publication', pubname, concat_ws(' ', tablename, attnames, rowfilter)
    FROM pg_publication_tables n WHERE schemaname <> 'dkdata'
    UNION ALL SELECT 'child', inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits
    UNION ALL SELECT 'statistics', stxname, pg_get_statisticsobjdef(s.oid)
    FROM pg_statistic_ext s
    UNION ALL SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {_OWN}
    UNION ALL SELECT 'sequence', c.oid::regclass::text, concat_ws(' ', q.seqstart, q.seqincrement,
        d.refobjid::regclass, d.refobjsubid, d.deptype)
    FROM {_RELATION} JOIN pg_sequence q ON q.seqrelid = c.oid
    LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
        AND d.deptype IN ('a', 'i')
    UNION ALL SELECT 'type', t.oid::regtype::text, concat_ws(' ', typtype,
        format_type(typbasetype, typtypmod))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {_OWN}
    ORDER BY 1, 2, 3
"""


def definitions(url: str) -> list[tuple[str, ...]]:
    """Return kind, name and definition of all that there is, but for what dkdata keeps itself."""
    # Compiled, the query would take seconds.
    return run(url, f"SET jit = off; {_DEFINITIONS}")
