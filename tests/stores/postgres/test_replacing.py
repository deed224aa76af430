"""What others tied to a table that is replaced: it stays, or the replace is refused."""

from __future__ import annotations

import re
import secrets
from decimal import Decimal

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ConflictError, SchemaError, StoreError, UsageError
from dkdata.testing.comparing import assert_same
from tests.services import postgres
from tests.stores.postgres.definitions import definitions

BASE = """
    CREATE TABLE t (id int, v text, n numeric(10,2));
    INSERT INTO t VALUES (1, 'a', 1.5), (2, 'b', 2.5);
"""
ROWS = "SELECT * FROM t ORDER BY id"
COMMENT = "SELECT obj_description('t'::regclass)"
FUNCTION = """
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(new, old); END';
"""
# What a new table takes over, whatever its columns are.
CARRIED = {
    "nothing": "SELECT",
    "rights": "GRANT SELECT ON t TO ada WITH GRANT OPTION; GRANT INSERT ON t TO PUBLIC;"
    " GRANT ALL ON t TO bob",
    "rights the owner gave up": "REVOKE DELETE ON t FROM CURRENT_USER",
    "rights of later tables": "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ada",
    "owner": "ALTER TABLE t OWNER TO ada; GRANT SELECT ON t TO bob",
    "indexes": """
        CREATE UNIQUE INDEX one ON t (id); CREATE INDEX two ON t (v) WHERE id > 1;
        CREATE INDEX three ON t (lower(v));
        CREATE INDEX four ON t (id DESC NULLS LAST, v COLLATE "C");
        CREATE INDEX five ON t (id) INCLUDE (v); CREATE INDEX six ON t USING hash (v);
        CREATE INDEX seven ON t USING gin (to_tsvector('english', v));
        CREATE INDEX eight ON t USING brin (id) WITH (pages_per_range = 4);
        CREATE INDEX "Odd ""%s" ON t (id) WITH (fillfactor = 50);
        CREATE UNIQUE INDEX nine ON t (v) NULLS NOT DISTINCT""",
    "unlogged": "ALTER TABLE t SET UNLOGGED",
    "storage": "ALTER TABLE t SET (fillfactor = 50, toast.autovacuum_enabled = false)",
    "all published": "CREATE PUBLICATION p FOR ALL TABLES",
    "comment": "COMMENT ON TABLE t IS 'ask Ada'",
}
# What belongs to a table that stays, by the words for it where it cannot.
KEPT = {
    "constraint k": """
        ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id) INCLUDE (v)""",
    "constraint k_unique": """
        ALTER TABLE t ADD CONSTRAINT k_unique UNIQUE (id) DEFERRABLE""",
    "constraint k_check": """
        ALTER TABLE t ADD CONSTRAINT k_check CHECK (id > 0)""",
    "constraint k_exclude": """
        ALTER TABLE t ADD CONSTRAINT k_exclude EXCLUDE USING btree (id WITH =)""",
    "NOT NULL of column id": """
        ALTER TABLE t ALTER id SET NOT NULL""",
    "default value for column v": """
        ALTER TABLE t ALTER v SET DEFAULT 'x'""",
    "sequence t_s_seq": """
        ALTER TABLE t ADD s serial""",
    "sequence q": """
        CREATE SEQUENCE q OWNED BY t.id""",
    "sequence t_i_seq": """
        ALTER TABLE t ADD i int GENERATED ALWAYS AS IDENTITY (START 7)""",
    "column g": """
        ALTER TABLE t ADD g int GENERATED ALWAYS AS (id * 2) STORED""",
    "constraint t_id_fkey": """
        CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2);
        ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES p ON DELETE CASCADE""",
    "constraint c_id_fkey on table c": """
        ALTER TABLE t ADD PRIMARY KEY (id);
        CREATE TABLE c (id int REFERENCES t ON UPDATE CASCADE); INSERT INTO c VALUES (1)""",
    "constraint t_p_fkey": """
        ALTER TABLE t ADD PRIMARY KEY (id); ALTER TABLE t ADD p int REFERENCES t;
        UPDATE t SET p = 1""",
    "view w": """
        CREATE VIEW w AS SELECT id FROM t; CREATE VIEW x AS SELECT * FROM w""",
    "view w_rows": """
        CREATE VIEW w_rows AS SELECT t FROM t""",
    "view w_kept": """
        CREATE MATERIALIZED VIEW w_kept AS SELECT id FROM t""",
    "rule r of t": """
        CREATE RULE r AS ON UPDATE TO t DO ALSO SELECT 1""",
    "rule r of o": """
        CREATE TABLE o (id int);
        CREATE RULE r AS ON INSERT TO o DO ALSO INSERT INTO t (id) VALUES (new.id)""",
    "trigger g": FUNCTION
    + """
        CREATE TRIGGER g BEFORE INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()""",
    "trigger g_off": FUNCTION
    + """
        CREATE TRIGGER g_off BEFORE UPDATE ON t EXECUTE FUNCTION f();
        ALTER TABLE t DISABLE TRIGGER g_off""",
    "policy p": """
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 1)""",
    "row level security": """
        ALTER TABLE t FORCE ROW LEVEL SECURITY""",
    "policy p on table o": """
        CREATE TABLE o (id int); CREATE POLICY p ON o USING (id IN (SELECT id FROM t))""",
    "publication of table t": """
        ALTER TABLE t ADD PRIMARY KEY (id); CREATE PUBLICATION p FOR TABLE t""",
    "replica identity": """
        ALTER TABLE t REPLICA IDENTITY FULL""",
    "table heir": """
        CREATE TABLE heir (e int) INHERITS (t)""",
    "table parent": """
        CREATE TABLE parent (id int, v text); ALTER TABLE t INHERIT parent""",
    "table whole": """
        CREATE TABLE whole (LIKE t) PARTITION BY RANGE (id);
        ALTER TABLE whole ATTACH PARTITION t FOR VALUES FROM (0) TO (9)""",
    "statistics object s": """
        CREATE STATISTICS s ON id, v FROM t""",
    "rights of column id": """
        GRANT SELECT (id) ON t TO ada""",
    "rights that ada granted": """
        GRANT SELECT ON t TO ada WITH GRANT OPTION; SET ROLE ada; GRANT SELECT ON t TO bob""",
    "comment of column id": """
        COMMENT ON COLUMN t.id IS 'c'""",
    "comment on constraint k": """
        ALTER TABLE t ADD CONSTRAINT k CHECK (id > 0); COMMENT ON CONSTRAINT k ON t IS 'c'""",
    "comment of index i": """
        CREATE INDEX i ON t (id); COMMENT ON INDEX i IS 'c'""",
    "clustering of index i": """
        CREATE INDEX i ON t (id); ALTER TABLE t CLUSTER ON i""",
    "storage of column v": """
        ALTER TABLE t ALTER v SET STORAGE EXTERNAL""",
    "statistics of column id, storage": """
        ALTER TABLE t ALTER v SET COMPRESSION pglz, ALTER id SET STATISTICS 5""",
    "statistics of column v": """
        ALTER TABLE t ALTER v SET STATISTICS 500""",
    "collation of column v": """
        ALTER TABLE t ALTER v TYPE text COLLATE "C\"""",
    "type y": """
        CREATE TYPE y AS (id int, v text, n numeric(10,2)); DROP TABLE t; CREATE TABLE t OF y;
        INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)""",
    "function g_of": """
        CREATE FUNCTION g_of(t) RETURNS int LANGUAGE sql AS 'SELECT 1'""",
    "function g_set": """
        CREATE FUNCTION g_set() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t'""",
    "function g_bound": """
        CREATE FUNCTION g_bound() RETURNS bigint LANGUAGE sql
        BEGIN ATOMIC SELECT count(*) FROM t; END""",
    "column x of table o": """
        CREATE TABLE o (x t, y t[])""",
    "type d": """
        CREATE DOMAIN d AS t""",
}
# Types of columns that dkdata would not choose.
TYPED = {
    "domain": "CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER TABLE t ALTER id TYPE d",
    "enum": "CREATE TYPE m AS ENUM ('a', 'b'); ALTER TABLE t ALTER v TYPE m USING v::m",
    "varchar": "ALTER TABLE t ALTER v TYPE varchar(20)",
    "numeric": "ALTER TABLE t ALTER n TYPE numeric",
    "smallint": "ALTER TABLE t ADD PRIMARY KEY (id); ALTER TABLE t ALTER id TYPE smallint",
}


@pytest.fixture
def run(sql):
    """Run statements, with two roles of this test in the place of ada and bob."""
    token = secrets.token_hex(4)

    def execute(statement):
        return sql(re.sub(r"\b(ada|bob)\b", rf"\1_{token}", statement))

    execute(f"CREATE ROLE ada; CREATE ROLE bob; GRANT ALL ON SCHEMA public TO ada, bob; {BASE}")
    yield execute
    execute("DROP PUBLICATION IF EXISTS p; DROP OWNED BY ada, bob CASCADE; DROP ROLE ada, bob")


def other(frame):
    """Return a frame of other columns."""
    return frame.drop(columns="n").assign(more=1.5)


@pytest.mark.parametrize("tie", CARRIED)
def test_a_new_table_takes_over_what_belongs_to_the_old(run, postgres_url, tie):
    run(CARRIED[tie])
    before, said = definitions(postgres_url), run(COMMENT)[0][0]
    for _ in range(2):
        dk.save(dk.load("warehouse.t"), "warehouse.t", mode="replace")
        assert definitions(postgres_url) == before
    assert run(ROWS) == [(1, "a", Decimal("1.50")), (2, "b", Decimal("2.50"))]
    dk.save(other(dk.load("warehouse.t")), "warehouse.t", mode="replace")
    assert _without_columns(definitions(postgres_url)) == _without_columns(before)
    assert run(COMMENT)[0][0].startswith(said or "{")
    assert run(ROWS) == [(1, "a", 1.5), (2, "b", 1.5)]


def _without_columns(found):
    return [definition for definition in found if definition[0] not in ("column", "publication")]


@pytest.mark.parametrize("tie", KEPT)
def test_a_table_that_others_need_stays_and_gets_only_rows_that_fit(run, postgres_url, tie):
    run(KEPT[tie])
    before, rows = definitions(postgres_url), run(ROWS)
    frame = dk.load("warehouse.t", order_by="id")
    words = tie.replace("ada", r"ada_\w+")
    with pytest.raises(UsageError, match=f"^table 't' cannot be replaced.*lack.*{words}.*first"):
        dk.save(other(frame), "warehouse.t", mode="replace")
    assert (definitions(postgres_url), run(ROWS)) == (before, rows)
    for _ in range(2):  # the second one replaces a table that dkdata knows
        assert dk.save(frame, "warehouse.t", mode="replace").inserted == 2
        assert definitions(postgres_url) == before
        assert run(ROWS) == rows
        assert_same(dk.load("warehouse.t", order_by="id"), frame)


@pytest.mark.parametrize(
    "tie",
    ["view w", "trigger g", "policy p", "default value for column v", "comment of column id",
     "function g_bound", "table heir", "rights of column id", "column x of table o"],
)  # fmt: skip
def test_what_is_tied_to_a_table_that_dkdata_made_with_a_key(run, postgres_url, tie):
    run("DROP TABLE t")
    frame = pd.DataFrame({"id": [1, 2], "v": ["a", "b"], "n": [1, 2]})
    dk.save(frame, "warehouse.t", key="id")
    run(KEPT[tie])
    before = definitions(postgres_url)
    dk.save(frame.assign(v="c"), "warehouse.t", mode="replace", key="id")
    with pytest.raises(UsageError, match=f"lack.*{tie}"):
        dk.save(other(frame), "warehouse.t", mode="replace", key="id")
    assert definitions(postgres_url) == before
    assert_same(dk.load("warehouse.t"), frame.assign(v="c"))


@pytest.mark.parametrize("tie", TYPED)
def test_types_of_others_stay(run, postgres_url, tie):
    run(TYPED[tie])
    before = definitions(postgres_url)
    frame = dk.load("warehouse.t", order_by="id").astype({"id": "int64"})
    for _ in range(2):
        dk.save(frame, "warehouse.t", mode="replace")
        assert definitions(postgres_url) == before
    assert run(ROWS) == [(1, "a", Decimal("1.5")), (2, "b", Decimal("2.5"))]
    assert dk.load("warehouse.t")["id"].tolist() == [1, 2]


def test_a_value_that_a_table_that_stays_cannot_hold_is_named(run):
    run("CREATE VIEW w AS SELECT * FROM t; ALTER TABLE t ADD s varchar(3)")
    frame = dk.load("warehouse.t", order_by="id")
    with pytest.raises(SchemaError, match=r"column 's', row 1: 'long'.*varying\(3\)"):
        dk.save(frame.assign(s=["abc", "long"]), "warehouse.t", mode="replace")
    with pytest.raises(SchemaError, match="column 'id', row 0"):
        dk.save(frame.assign(id=2**40), "warehouse.t", mode="replace")
    assert run("SELECT count(*), count(s) FROM t") == [(2, 0)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "CREATE TABLE c (id int REFERENCES t (id) ON DELETE CASCADE)",
            r"those of c \(c_id_fkey\)",
        ),
        (
            "CREATE TABLE c (id int REFERENCES t (id) ON DELETE SET NULL)",
            "which refer to it.*upsert",
        ),
        ("CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "its rules r do something else"),
        (
            "CREATE TABLE c () INHERITS (t); INSERT INTO c VALUES (7)",
            "rows are those of c.*inherit",
        ),
    ],
)
def test_rows_that_cannot_be_taken_out_by_themselves(run, change, message):
    run(f"ALTER TABLE t ADD PRIMARY KEY (id); {change}")
    rows = run(ROWS)
    with pytest.raises(UsageError, match=f"^table 't' cannot be replaced: .*{message}"):
        dk.save(dk.load("warehouse.t"), "warehouse.t", mode="replace")
    assert run(ROWS) == rows


def test_rows_that_others_refer_to_have_to_come_back(run):
    run("ALTER TABLE t ADD PRIMARY KEY (id); CREATE TABLE c (id int REFERENCES t)")
    run("INSERT INTO c VALUES (2)")
    frame = dk.load("warehouse.t", order_by="id")
    dk.save(frame[1:], "warehouse.t", mode="replace")
    with pytest.raises(ConflictError, match=r"Key \(id\)=\(2\) is still referenced"):
        dk.save(frame[:1], "warehouse.t", mode="replace")
    assert run(ROWS) == [(2, "b", Decimal("2.50"))]


def test_what_a_publication_needs_is_said(run):
    run("CREATE PUBLICATION p FOR TABLE t")
    with pytest.raises(StoreError, match=r"publishes deletes.*set REPLICA IDENTITY"):
        dk.save(dk.load("warehouse.t"), "warehouse.t", mode="replace")


def test_tables_and_indexes_stay_in_their_tablespace(run, postgres_url):
    with postgres.tablespace(postgres_url) as name:
        run(f"ALTER TABLE t SET TABLESPACE {name}; CREATE INDEX i ON t (id)")
        place = "SELECT spcname FROM pg_tablespace s, pg_class c WHERE c.reltablespace = s.oid"
        dk.save(other(dk.load("warehouse.t")), "warehouse.t", mode="replace")
        assert run(f"{place} AND relname = 't'") == [(name,)]
        run(f"ALTER INDEX i SET TABLESPACE {name}")
        with pytest.raises(UsageError, match=r"lack.*: tablespace of index i\."):
            dk.save(dk.load("warehouse.t")[["id"]], "warehouse.t", mode="replace")
        run("DROP TABLE t")


def test_an_index_needs_its_columns(run):
    run("CREATE INDEX i ON t (lower(v))")
    with pytest.raises(UsageError, match="its index 'i' needs the columns v"):
        dk.save(dk.load("warehouse.t")[["id"]], "warehouse.t", mode="replace")


def test_a_key_is_given_up_or_given_anew(run):
    frame = pd.DataFrame({"id": [1, 2], "v": ["a", "b"]})
    dk.save(frame, "warehouse.mine", key="id")
    dk.save(frame.assign(id=7), "warehouse.mine", mode="replace")
    dk.save(frame, "warehouse.mine", mode="replace")
    dk.save(frame, "warehouse.mine", mode="upsert", key="id")
    dk.save(frame.assign(id=7), "warehouse.mine", mode="replace", key="v")
    keys = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'mine'::regclass"
    assert run(keys) == [("CREATE UNIQUE INDEX mine_pkey ON public.mine USING btree (v)",)]


def test_a_table_of_another_role_stays(run, postgres_url):
    run("GRANT SELECT, INSERT, DELETE ON t TO ada")
    with postgres.role(
        postgres_url, "select, insert, delete on t", "temp on database " + _name(postgres_url)
    ) as url:
        target = f"{url}#t"
        frame = dk.load(target, order_by="id")
        dk.save(frame[1:], target, mode="replace")
        with pytest.raises(
            UsageError, match="by rows of other columns: it belongs to another role"
        ):
            dk.save(other(frame), target, mode="replace")
    assert run(ROWS) == [(2, "b", Decimal("2.50"))]


def _name(url):
    return url.rpartition("/")[2]


def test_a_table_stays_where_its_owner_may_make_no_other(run, postgres_url):
    with postgres.role(postgres_url, f"temp on database {_name(postgres_url)}") as url:
        run(f"ALTER TABLE t OWNER TO {url.split('//')[1].split(':')[0]}")
        frame = dk.load(f"{url}#t", order_by="id")
        dk.save(frame[1:], f"{url}#t", mode="replace")
        with pytest.raises(UsageError, match="no table may be made in schema 'public'"):
            dk.save(other(frame), f"{url}#t", mode="replace")
        run("ALTER TABLE t OWNER TO CURRENT_USER")
    assert run(ROWS) == [(2, "b", Decimal("2.50"))]
